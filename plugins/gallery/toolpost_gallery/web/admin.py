"""The endpoints of an operator: how much is kept, and clean-up at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from toolpost_gallery.collection import Record
from toolpost_gallery.web.shapes import Bounds, Report, Statistics

if TYPE_CHECKING:
    from toolpost_gallery.plugin import Gallery


@dataclass(frozen=True)
class Operator:
    """Answers for everybody's pictures, without showing any."""

    gallery: Gallery

    async def statistics(self) -> Statistics:
        """Count what is kept."""
        records = await self.gallery.collection.records()
        retention = self.gallery.retention
        return Statistics(
            pictures=len(records),
            bytes=sum({record.handle: record.size for record in records}.values()),
            principals=len({record.key.rpartition(":")[0] for record in records}),
            oldest=_moment(records[-1]) if records else None,
            newest=_moment(records[0]) if records else None,
            not_kept=self.gallery.keeping.failures,
            keeps=Bounds(retention.days, retention.count, retention.bytes),
        )

    async def clean_up(self) -> Report:
        """Remove now what the bounds do not keep, as happens by itself every hour."""
        cleaned = await self.gallery.clean()
        return Report(cleaned.pictures, cleaned.bytes, await self.statistics())


def _moment(record: Record) -> str:
    return datetime.fromtimestamp(record.made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
