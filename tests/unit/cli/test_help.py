"""Every command helps with an example, and those that print results can print JSON."""

import pytest

from shared.cli.main import main

COMMANDS = [
    "unit create", "unit list", "unit show", "programme create", "activity add", "activity complete",
    "evidence add", "evidence list", "evidence show", "evidence uses", "evidence revise", "evidence download",
    "lke import", "lke item", "complaint submit", "complaint list", "complaint show", "complaint verify",
    "stage show", "stage submit", "stage resubmit", "stage return", "stage finish-round", "stage propose",
    "stage decide", "stage withdraw", "stage rounds", "stage round", "window announce", "window list",
    "assessor add-team", "assessor teams", "assessor add", "assessor list", "assessor change",
    "assessor assign", "assessor workload", "agency set-type", "agency show", "finding raise",
    "finding list", "finding answer",
    "complaint dispose", "complaint follow-up", "complaint respond", "complaint approve",
    "complaint correct-review", "complaint decide-review", "complaint begin-inspection",
    "complaint report-inspection",
    "complaint accept", "complaint object", "complaint withdraw", "complaint reassign", "complaint proceed",
    "complaint handling-unit add", "complaint handling-unit list", "complaint handling-unit show",
    "complaint handling-unit change", "complaint handling-unit end",
    "complaint handlers", "complaint enter-handler", "complaint remove-handler", "complaint overdue",
    "instrument wording load", "instrument wording show", "instrument check", "instrument diff",
    "survey create", "survey invite", "survey respond", "survey status", "outbox reconcile", "dlq list",
    "dlq show", "dlq replay", "dlq discard", "consumer status", "consumer skip", "rebuild scoring",
    "demo start", "demo stop", "score", "token",
    "gratification report", "gratification list", "gratification show", "gratification ask",
    "gratification complete", "gratification proceed", "gratification forward", "gratification manage",
    "gratification settle", "gratification finish", "gratification giver", "gratification nil",
    "gratification nil-returns", "conflict declare", "conflict list", "conflict show", "conflict assess",
    "conflict decide", "conflict finish", "conflict map", "conflict add", "conflict confirm",
    "conflict retire", "conflict review",
    "complaint data-request enter", "complaint data-request ask", "complaint data-request mine",
    "complaint data-request list", "complaint data-request show", "complaint data-request ask-proof",
    "complaint data-request answer", "complaint data-request withdraw", "complaint data-request close",
    "complaint data-request person", "complaint breach enter", "complaint breach list",
    "complaint breach show", "complaint breach assess", "complaint breach notify",
    "complaint breach rule-out", "complaint breach close", "complaint ombudsman enter",
    "complaint ombudsman list", "complaint ombudsman show", "complaint ombudsman record-action",
    "complaint ombudsman report", "complaint ombudsman close",
]  # fmt: skip
WITHOUT_JSON = {"token", "demo start", "demo stop", "evidence download"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert f"zi {command}" in shown.split("Example:")[1]
    if command not in WITHOUT_JSON:
        assert "--json" in shown
