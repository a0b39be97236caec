"""Do pieces of a rebuild in this process."""

from functools import partial

from services.scoring.rebuilding.buried import Buried
from services.scoring.rebuilding.counting import count_piece
from services.scoring.rebuilding.gathering import BATCH_RECORDS, replay
from services.scoring.rebuilding.pieces import Fold, Piece, Tell
from services.scoring.rebuilding.shard import Gathered
from shared.consumer.dead_letters import Reasons
from shared.db import Database
from shared.kafka.reader import Reader


class OwnHand:
    """This process, over a database and a reader of the topics."""

    def __init__(self, db: Database, reader: Reader, dead: Reasons) -> None:
        self._db, self._reader, self._buried = db, reader, Buried(dead)

    async def do(self, piece: Piece, tell: Tell) -> Gathered:
        """Do a piece; raises as `apply_batch`."""
        if isinstance(piece, Fold):
            starts = {place: start for place, (start, _) in piece.logs.items()}
            ends = {place: end for place, (_, end) in piece.logs.items()}
            read = partial(self._reader.batches, starts, ends, at_once=BATCH_RECORDS)
            return await replay(self._db, read, starts, self._buried, tell)
        await count_piece(self._db, piece)
        tell(piece.size())
        return Gathered()
