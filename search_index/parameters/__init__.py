"""Quantities, grades and lists as engineers write them in Chinese and English, and what a product's prove of a requirement."""

from search_index.parameters.judging import decide, judge
from search_index.parameters.model import OPERATORS, Judgement, Note, Parameter, Requirement, Verdict
from search_index.parameters.prepared import Prepared, prepare, prepare_requirement
from search_index.parameters.quantities import Figure, read_quantity
from search_index.parameters.structuring import structure

__all__ = [
    "OPERATORS",
    "Figure",
    "Judgement",
    "Note",
    "Parameter",
    "Prepared",
    "Requirement",
    "Verdict",
    "decide",
    "judge",
    "prepare",
    "prepare_requirement",
    "read_quantity",
    "structure",
]
