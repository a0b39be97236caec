"""The services, each of which knows none of the others.

To load one makes up to 405,000 objects, and all of them stay: whoever looks for garbage meanwhile goes
through them hundreds of times for nothing, an eighth of the CPU (0.2 s). `tune_memory` sets the pace of a
process that serves.
"""

import gc

gc.set_threshold(600_000)
