"""The words of the plan (fields, tracks, technologies, areas, departments, tasks, indicators), and what the operator sets."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.database import Base, Code, Json, Line, LongText, Versioned


class Term(Versioned):
    """A word with a stable code and a name in each language. A retired one stays for old records and is offered no more."""

    code: Mapped[Code] = mapped_column(primary_key=True, sort_order=-10)
    name_zh: Mapped[Line]
    name_en: Mapped[Line]
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)


class Domain(Term, Base):
    """A field in which anchor firms open scenarios 领域."""

    __tablename__ = "domains"


class Track(Term, Base):
    """A track of the industry 赛道: six main ones and two speciality fields."""

    __tablename__ = "tracks"

    kind: Mapped[str] = mapped_column(String(20), default="main")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (CheckConstraint("kind IN ('main', 'speciality')", name="kind"),)


class Technology(Term, Base):
    """A technology that the plan names, under its track."""

    __tablename__ = "technologies"

    track_code: Mapped[str] = mapped_column(ForeignKey("tracks.code"), index=True)


class Area(Term, Base):
    """A functional area 功能区 of the park."""

    __tablename__ = "areas"

    role_zh: Mapped[Line] = mapped_column(default="")
    named_firms: Mapped[list[str]] = mapped_column(Json, default=list)


class Department(Term, Base):
    """A department responsible for tasks of the plan."""

    __tablename__ = "departments"


class Task(Versioned, Base):
    """One of the ten projects 工程 of the plan, with the departments responsible for it."""

    __tablename__ = "tasks"

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_zh: Mapped[Line]
    departments: Mapped[list[Department]] = relationship(secondary="task_departments", order_by=Department.position)


class TaskDepartment(Base):
    """Which department is responsible for which task."""

    __tablename__ = "task_departments"

    task_no: Mapped[int] = mapped_column(ForeignKey("tasks.no"), primary_key=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("departments.code"), primary_key=True)


class Indicator(Versioned, Base):
    """A number that the plan sets. `counted`: the platform counts it from its own records."""

    __tablename__ = "indicators"
    __table_args__ = (CheckConstraint("comparison IN ('>', '>=', '=')", name="comparison"),)

    code: Mapped[Code] = mapped_column(primary_key=True)
    task_no: Mapped[int | None] = mapped_column(ForeignKey("tasks.no"))
    name_zh: Mapped[Line]
    comparison: Mapped[str] = mapped_column(String(2))
    target: Mapped[Any] = mapped_column(Numeric(12, 2, asdecimal=False))
    unit_zh: Mapped[str] = mapped_column(String(20))
    counted: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class CalendarDay(Versioned, Base):
    """A day that the operator declares working or free; it overrides the library's calendar."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    note: Mapped[Line] = mapped_column(default="")


class Setting(Versioned, Base):
    """A value that the operator has set; `settings.py` knows the names, kinds and defaults."""

    __tablename__ = "settings"

    key: Mapped[Code] = mapped_column(primary_key=True, sort_order=-10)
    value: Mapped[LongText]
    updated_at: Mapped[datetime]


class Counter(Base):
    """The last number given out in a series, such as `S-2026`."""

    __tablename__ = "counters"

    series: Mapped[Code] = mapped_column(primary_key=True)
    last: Mapped[int]
