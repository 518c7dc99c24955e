"""Loading and clearing the demo: everything in one transaction, through the same operations as real work."""

import heapq
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.actor import SYSTEM
from app.attachments.operations import Store
from app.audit.operations import record as audit
from app.clock import shanghai_day
from app.demo import firms, outcomes, scenario_stories, solution_stories
from app.demo.catalogue import Catalogue, read
from app.demo.stage import Stage, Story, demo_id, demo_records
from app.discovery.operations import promise_indexing
from app.outbox.operations import emit
from app.projects.models import CountsFrom, Programme

PROGRAMME_STARTS = -1005
YEARS = 3
TARGET = 100


def is_loaded(session: Session) -> bool:
    """Whether the demo data is there."""
    return session.scalar(select(exists().where(Programme.demo))) or False


def load(session: Session, *, now: datetime, store: Store, password: str, progress: Callable[[int], None] | None = None) -> bool:
    """Load the demo, with dates relative to the Shanghai day of `now`; False, and no change, when it is there already.

    `progress` hears how many scenes have been played.
    """
    if is_loaded(session):
        return False
    catalogue = read()
    stage = Stage(session, now, shanghai_day(now), store)
    _make_programme(stage)
    firms.make_people(stage, catalogue, password)
    firms.make_firms(stage, catalogue)
    firms.make_products(stage, catalogue)
    play(stage, _stories(stage, catalogue), progress)
    # the ids of a demo that was here before come back, and with them the keys of events that were carried out then
    found = {name: session.scalars(records).all() for name, records in demo_records().items()}
    promise_indexing(session, found, key=f"demo.loaded:{now.isoformat()}", now=now)
    emit(session, "demo.loaded", now.isoformat(), now=now)
    return True


def play(stage: Stage, stories: Iterable[Story], progress: Callable[[int], None] | None = None) -> None:
    """Play the stories side by side in the order of time, up to the moment of loading."""
    order, scenes = count(), count(1)
    waiting: list[tuple[datetime, int, Story]] = []

    def resume(story: Story) -> None:
        moment = next(story, None)
        if moment is not None and moment <= stage.now:
            heapq.heappush(waiting, (moment, next(order), story))

    for story in stories:
        resume(story)
    while waiting:
        resume(heapq.heappop(waiting)[2])
        if progress is not None:
            progress(next(scenes))


def _stories(stage: Stage, catalogue: Catalogue) -> Iterable[Story]:
    for row in catalogue.scenarios:
        yield scenario_stories.tell(stage, row)
        if row["state"] in scenario_stories.WITHOUT_DATES:
            continue
        for number, question in enumerate(row.get("questions") or ()):
            yield scenario_stories.ask_and_answer(stage, row, number, question)
        answers = row.get("solutions") or ()
        for number, answer in enumerate(answers):
            yield solution_stories.submit(stage, row, answer, (number + 1) / (len(answers) + 1))
        if row["state"] != "cancelled":
            yield scenario_stories.close_at_the_time(stage, row)
            yield from outcomes.stories(stage, row, answers)


def _make_programme(stage: Stage) -> None:
    starts_on = stage.today + timedelta(days=PROGRAMME_STARTS)
    ends_on = _years_later(starts_on, YEARS) - timedelta(days=1)
    programme = Programme(
        id=demo_id("programme"),
        code="demo",
        name_zh=f"示例计划（{starts_on.year}–{ends_on.year}）",
        name_en=f"Demo programme ({starts_on.year}–{ends_on.year})",
        target=TARGET,
        starts_on=starts_on,
        ends_on=ends_on,
        counts_from=CountsFrom.ACCEPTED,
        demo=True,
    )
    stage.session.add(programme)
    stage.session.flush()
    audit(stage.session, "programme.created", programme, actor=SYSTEM, now=stage.at(PROGRAMME_STARTS, 0), after={"code": "demo"})


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
