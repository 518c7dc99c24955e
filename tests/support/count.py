"""The count of a programme once more, project by project and without a database query: what the figures must come to."""

from collections import Counter
from datetime import date

from sqlalchemy import select

from app.clock import quarter
from app.programme import queries
from app.programme.queries import Cut, Figure
from app.projects import queries as project_queries
from app.projects.models import CountsFrom, Programme, Project, ProjectStatus


def holds(programme: Programme, project: Project, figure: Figure) -> bool:
    """Whether a figure holds one project: the rules of the count, written again without a database."""
    if project.programme_id != programme.id or project.status is ProjectStatus.TERMINATED:
        return False
    accepted = project.status is ProjectStatus.ACCEPTED
    local_new = project.local_new_accepted if accepted else project.local_new
    if figure is Figure.ACCEPTED:
        return accepted
    if figure is Figure.IN_PROGRESS:
        return not accepted
    if figure is Figure.NOT_COUNTED:
        return not local_new
    if figure is Figure.COUNTED and programme.counts_from is CountsFrom.ACCEPTED:
        return accepted and local_new and programme.starts_on <= project.accepted_on <= programme.ends_on
    return local_new if figure is Figure.COUNTED else True


def reached_on(programme: Programme, project: Project, figure: Figure) -> date:
    """The day by which a figure puts a project into a quarter."""
    by_acceptance = figure is Figure.ACCEPTED or (figure is Figure.COUNTED and programme.counts_from is CountsFrom.ACCEPTED)
    return project.accepted_on if by_acceptance else project.approved_on


def check_count(session, programme: Programme, *, in_parts: bool = True) -> None:
    """Each figure and the list behind it, and each part of it with its list, equal the brute-force count."""
    session.flush()
    rows = session.scalars(select(Project)).all()
    figures = queries.figures_of(session, programme)
    for figure in Figure:
        expected = [row for row in rows if holds(programme, row, figure)]
        assert figures.totals[figure] == len(expected)
        parts = {
            "domain": Counter(row.domain_code for row in expected),
            "area": Counter(row.area_code for row in expected),
            "anchor": Counter(row.anchor_id for row in expected),
            "quarter": Counter(quarter(reached_on(programme, row, figure)) for row in expected),
        }
        for part, counts in parts.items() if in_parts else ():
            for value, count in counts.items():
                assert figures.count(figure, **{part: value}) == count
                listed = session.scalars(queries.narrowed(project_queries.listed(), programme, figure, Cut(**{part: value}))).all()
                assert len(listed) == count
        whole = session.scalars(queries.narrowed(project_queries.listed(), programme, figure, Cut())).all()
        assert {row.id for row in whole} == {row.id for row in expected}
