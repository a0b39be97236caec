"""`make run`, `make stop` and `make reset`, told in their order."""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from deploy.local import jars, kafka, postgres
from deploy.local.demo.sample import Sample
from deploy.local.idp.people import PEOPLE
from deploy.local.ports import choose_ports, ops
from deploy.local.process import LocalError, Program, free_ports, is_listening
from deploy.local.state import SERVICES, StateFolder, full_disk_as_sentence
from deploy.local.supervisor import Supervisor
from deploy.local.system import System
from deploy.local.waiting import Waiting
from shared.http.addresses import REPORT, SCOREBOARD, START, TRACK

TEND_SECONDS = 0.2
TRAFFIC = "demo traffic"
JOB_TRIES = 3
LOAD_AGAIN = "Everything else runs; `make sample` goes on loading where it stopped."


class StopRequested(BaseException):
    """Somebody asked the run to stop."""


def run(state: StateFolder) -> None:
    """Start everything, keep it running until a signal comes, stop it in order."""
    started_at = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started_at:6.1f} s  {text}", flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _request_stop)
    with state.claimed(), full_disk_as_sentence(state.path):
        supervisor = Supervisor(say)
        try:
            system = System(state, choose_ports(), state.secrets())
            _start(system, supervisor, say)
            _print_table(system)
            print(f"READY in {time.monotonic() - started_at:.1f} s. Ctrl-C stops everything.", flush=True)
            _keep(system, supervisor)
        except StopRequested:
            say("Stopping")
        finally:
            supervisor.stop_all()
            state.addresses_file.unlink(missing_ok=True)


def stop(state: StateFolder) -> None:
    """Stop what `run` started in this folder."""
    waiting = Waiting(partial(print, flush=True))
    print("Stopped." if state.stop_holder(waiting) else f"Nothing runs in {state.path}.")


def reset(state: StateFolder) -> None:
    """Delete the folder after asking."""
    if not state.path.exists():
        print(f"There is no {state.path}.")
        return
    state.check_deletable()
    print(f"This deletes {state.path}: databases, topics, evidence, keys and logs. Delete? [y/N] ", end="")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        print("Nothing was deleted.")
        return
    state.delete()
    print("Deleted.")


def _start(system: System, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    state, ports, waiting = system.state, system.ports, supervisor.waiting
    say("Preparing PostgreSQL and Kafka")
    database_folder, kafka_folder = state.path / "postgres", state.path / "kafka"
    with waiting.telling("PostgreSQL's new folder"):
        postgres.prepare(database_folder)
    database = postgres.program(database_folder, ports["postgres"], state.logs / "postgres.log")
    supervisor.start((database, lambda child: postgres.is_ready(database_folder, child.pid)))
    with waiting.telling("Kafka's jars"):
        found = jars.fetch(_show_download)
    (controller_port,) = free_ports(1)
    with waiting.telling("Kafka's new folder"):
        kafka.prepare(kafka_folder, ports["kafka"], controller_port, found)
    (broker,) = supervisor.launch(kafka.program(kafka_folder, found, state.logs / "kafka.log"))
    (provider,) = supervisor.launch(system.identity_provider())

    say("Creating and migrating the four databases")  # while Kafka starts
    _job(supervisor, system.job("database job", "deploy.local.databases"), say)
    services = supervisor.launch(*(system.service(name) for name in SERVICES))
    supervisor.wait_for(broker, lambda _child: is_listening(ports["kafka"]))
    _job(supervisor, system.job("topic job", "shared.contracts", "create-topics"), say)
    supervisor.wait_for(provider, system.answers("idp", "/jwks"))
    for name, child in zip(SERVICES, services, strict=True):
        supervisor.wait_for(child, system.answers(ops(name), "/readyz"))
    supervisor.start((system.front_door(), system.answers("front", START)))
    state.write_addresses(system.addresses())
    if load(system, supervisor, say) and os.environ.get("DEMO") != "0":
        state.demo_flag.touch()
    else:
        state.demo_flag.unlink(missing_ok=True)


def load(system: System, supervisor: Supervisor, say: Callable[[str], None]) -> bool:
    """Load the sample agency; one that cannot be loaded is told in one sentence, and everything runs on."""
    say("Loading the sample agency")
    lines: deque[str] = deque([""], maxlen=1)

    def tell(line: str) -> None:
        if lines[0]:
            say(lines[0])  # the last line is kept back: it tells what failed
        lines.append(line)

    try:
        job = supervisor.finish(
            system.job("sample loader", "deploy.local.demo", "load"), tell, is_tended=True
        )
    except LocalError as stuck:
        say(f"{stuck}\n{LOAD_AGAIN}")
        return False
    if job.exit_code() != 0:
        say(f"{lines[0].rstrip('.')}. {LOAD_AGAIN}")
        return False
    if lines[0]:
        say(lines[0])
    return True


def _keep(system: System, supervisor: Supervisor) -> NoReturn:
    """Tend the processes for ever; demo traffic comes and goes with its flag (`zi demo start|stop`)."""
    while True:
        supervisor.tend()
        is_wanted = system.state.demo_flag.exists()
        if is_wanted and not supervisor.has(TRAFFIC):
            supervisor.launch(system.demo_traffic())
        elif not is_wanted and supervisor.has(TRAFFIC):
            supervisor.stop(TRAFFIC)
        time.sleep(TEND_SECONDS)


def _job(supervisor: Supervisor, job: Program, say: Callable[[str], None]) -> None:
    """Run a job that may be repeated to its end, again when it fails: a slow server may have hung up on it.

    Raises `LocalError` with its last words when it fails for the last time, and what `finish` raises.
    """
    for tries_left in reversed(range(JOB_TRIES)):
        ended = supervisor.finish(job, lambda _line: None)
        code = ended.exit_code()
        if code == 0:
            return
        if not tries_left:
            raise LocalError(f"The {job.name} failed with exit code {code}.{ended.last_words()}")
        say(f"The {job.name} failed with exit code {code}; trying again (its output: {job.log}.1)")


def _show_download(done: int, wanted: int) -> None:
    if sys.stdout.isatty():
        print(f"\r          Kafka: {done} of {wanted} jars", end="\n" if done == wanted else "", flush=True)


def _print_table(system: System) -> None:
    rows = [
        ("front door", system.url("front")),
        ("  scoreboard", system.url("front") + SCOREBOARD),
        ("  report, track", f"{system.url('front')}{REPORT}, {system.url('front')}{TRACK}"),
        ("  an invitation", _survey_form(system)),
        *((f"{name}'s API", system.url(name)) for name in SERVICES),
        ("identity provider", system.url("idp")),
        ("Kafka", system.addresses()["kafka"]),
        ("PostgreSQL", f"127.0.0.1:{system.ports['postgres']}"),
        ("state and logs", str(system.state.path)),
    ]
    rows += [(f"user {person.sub}", f"{person.name}, {person.rights()}") for person in PEOPLE.values()]
    print("\n" + "\n".join(f"  {name:<18}{value}" for name, value in rows) + "\n")


def _survey_form(system: System) -> str:
    """Return a survey form that nobody of the sample agency has filled in, at today's port."""
    link = Sample.of(system.state.sample_file, datetime.now(UTC)).survey_link or ""
    return system.url("front") + urlsplit(link).path


def _request_stop(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not interrupt the stopping
        signal.signal(number, signal.SIG_IGN)
    raise StopRequested
