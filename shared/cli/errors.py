"""What ends a command with one clear sentence."""


class CliError(Exception):
    """A failure whose text is a sentence for the person at the terminal; exit code 1."""
