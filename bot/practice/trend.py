"""The picture of how somebody gets on, as data: what `documents/trend.typ` draws."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.model import Scores
from bot.practice.outcomes import MEASURES, ratings

_WEEK = timedelta(weeks=1)


def picture(scores: Sequence[Scores], labels: Mapping[str, str], visits: Iterable[datetime] = ()) -> dict[str, Any]:
    """A line for each measure that was ever rated, in weeks since the first rating.

    `labels` are what the measures are called, by code; `visits` that lie between the first rating and the last are
    marked. {'weeks': how many there are, 'visits': [week], 'rows': [{'label', 'better': 'more' | 'less', 'points':
    [[week, value]]}]}
    """
    given = ratings(scores)
    if not given:
        return {"weeks": 0.0, "visits": [], "rows": []}
    first, last = given[0].at, given[-1].at

    def week(moment: datetime) -> float:
        return round((moment - first) / _WEEK, 2)

    rows = [
        {
            "label": labels.get(one.code, one.code),
            "better": "less" if one.less_is_better else "more",
            "points": [[week(at.at), at.values[one.code]] for at in given if one.code in at.values],
        }
        for one in MEASURES
    ]
    return {
        "weeks": week(last),
        "visits": [week(one) for one in visits if first <= one <= last],
        "rows": [row for row in rows if row["points"]],
    }
