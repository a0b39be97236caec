"""What is known of the sample in a state folder, kept in `sample.json`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass
class Sample:
    """What is known of the sample in a state folder; `survey_link` opens a survey form nobody has used."""

    file: Path
    year: int
    since: datetime
    is_complete: bool = False
    survey_link: str | None = None

    @classmethod
    def of(cls, file: Path, now: datetime) -> "Sample":
        """Return the sample of this year, a new one unless the file knows it."""
        if file.exists():
            kept = json.loads(file.read_text())
            since = datetime.fromisoformat(kept.pop("since"))
            if kept["year"] == now.year:
                return cls(file=file, since=since, **kept)
        return cls(file, now.year, now)

    def keep(self) -> None:
        """Write it down."""
        content = {
            "year": self.year,
            "since": self.since.isoformat(),
            "is_complete": self.is_complete,
            "survey_link": self.survey_link,
        }
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(content, indent=2) + "\n")
        fresh.replace(self.file)
