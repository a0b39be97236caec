"""Where every service answers with its descriptions; behind the front door below `addresses.api_of`."""

OPENAPI = "/openapi.json"
ASYNCAPI = "/asyncapi.json"
OPERATIONS = "/dokumen"
EVENTS = "/peristiwa"
PATHS = frozenset({OPENAPI, ASYNCAPI, OPERATIONS, EVENTS})
