"""What is read out of a value: numbers, units, ranges, bounds, kinds and conditions."""

from fractions import Fraction

import pytest

from search_index.parameters import Parameter, Requirement, judge, read_quantity
from search_index.parameters.names import distance, read_name
from search_index.parameters.units import read_unit


def ends(value, *units):
    return [(figure.low, figure.high) for figure in read_quantity(value, *units)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-40℃~125℃", [(-40, 125)]),
        ("−40 ℃ ～ ＋85 ℃", [(-40, 85)]),
        ("-40至85℃", [(-40, 85)]),
        ("-40…85 ℃", [(-40, 85)]),
        ("-40 – 85 ℃", [(-40, 85)]),
        ("between -40 and 85 ℃", [(-40, 85)]),
        ("-40 ≤ TA ≤ 85 ℃", [(-40, 85)]),
        ("1,200 mm", [(Fraction(12, 10), Fraction(12, 10))]),
        ("1 200 000 次", [(1_200_000, 1_200_000)]),
        ("10^6 次", [(1_000_000, 1_000_000)]),
        ("1×10⁻⁹", [(Fraction(1, 10**9), Fraction(1, 10**9))]),
        ("1E-12", [(Fraction(1, 10**12), Fraction(1, 10**12))]),
        ("2.4 亿", [(240_000_000, 240_000_000)]),
        ("30:1", [(30, 30)]),
        ("±0.3 K", [(Fraction(-3, 10), Fraction(3, 10))]),
        ("+0.5/-1.5 K", [(Fraction(-3, 2), Fraction(1, 2))]),
        ("500±15 m", [(485, 515)]),
        ("200 m ± 5%", [(190, 210)]),
        ("不低于 20 m", [(20, None)]),
        ("20 m 以上", [(20, None)]),
        ("<20 m", [(None, 20)]),
        ("20 m以内", [(None, 20)]),
        ("DC~8 GHz", [(0, 8_000_000_000)]),
        ("十六路", [(16, 16)]),
        ("5%~95%RH", [(5, 95)]),
    ],
)
def test_a_value_in_base_units(value, expected):
    assert ends(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", "低功耗", "85~-40 ℃", "3,3 V", "10^400 W", "1" * 41 + " W", "W" * 5_000, "9 弗洛", "2026-11-23",
        "10-2-10", "4T4R", "QFN-32",
        "Grade 2", "3840×2160", "8k~96kHz", "5 V ~ 3 A", "400 dBm", "\x00\x01", "１０Ｘ",
    ],
)  # fmt: skip
def test_what_nobody_should_compare_is_no_figure(value):
    assert read_quantity(value) == ()


def test_the_unit_may_stand_beside_the_value_or_in_the_name_but_must_not_contradict():
    assert ends("1.2 万", "片") == [(12_000, 12_000)]
    assert ends("8 W", "W") == ends("8", "W") == ends("8", "", "W") == ends("8 W")
    assert ends("8 W", "mW") == ends("8", "W", "mW") == ends("8", "弗洛") == []


def test_an_end_without_a_unit_has_its_neighbours():
    assert ends("4.5-36V") == ends("4.5V-36V")
    assert ends("100/1000 Mbps") == ends("100 Mbps/1000 Mbps")
    assert ends("8W/12W") == ends("8 W, 12 W")


def test_kinds_and_conditions_belong_to_their_figure():
    typical, maximum = read_quantity("8W(典型)/12W(最大, 85℃)")
    assert (typical.kind, maximum.kind) == ("typical", "maximum")
    assert typical.conditions == frozenset()
    assert maximum.conditions == read_quantity("12 W @85 °C")[0].conditions != frozenset()
    assert read_quantity("-118 dBc/Hz @ 1 MHz")[0].conditions == read_quantity("-118 dBc/Hz@1000kHz")[0].conditions
    assert read_quantity("16TOPS@INT8")[0].conditions == {"int8"}


def test_a_figure_of_another_state_or_of_one_of_several_says_so():
    assert [figure.states for figure in read_quantity("工作 0.8 W，待机 0.02 W")] == [set(), {"standby"}]
    assert read_quantity("2.5W/通道")[0].states == {"apiece"}
    assert read_quantity("55 元/片")[0].states == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("W/m·K", "W/(m·K)"), ("cm²/V·s", "cm^2/(V s)"), ("Gbit/s", "Gbps"), ("μA", "uA"), ("毫瓦", "mW"), ("兆赫", "MHZ"),
        ("英寸", "inch"), ("KB", "KiB"), ("GB/s", "GByte/s"), ("°/√h", "deg/√h"), ("MS/s", "MSPS"),
        ("GBaud", "GBd"), ("%F.S.", "%FS"),
        ("万小时", "万h"), ("元/片", "元"), ("转/分", "rpm"),
    ],
)  # fmt: skip
def test_spellings_of_one_unit(one, other):
    first, second = read_unit(one), read_unit(other)
    assert (first.factor, first.dimension) == (second.factor, second.dimension)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TOPS", "TFLOPS"), ("Gbps", "GT/s"), ("dB", "dBm"), ("dB", "dBi"), ("dBc", "dB"), ("%", "%FS"),
        ("元", "美元"), ("天", "工作日"),
        ("W", "VA"), ("Gbps", "GBd"),
    ],
)  # fmt: skip
def test_units_that_are_never_one(one, other):
    assert read_unit(one).dimension != read_unit(other).dimension


@pytest.mark.parametrize("text", ["弗洛", "MA", "MBPS", "W/", "/W", "m^99", "dBm/Hz/dBm", "x" * 30, "V/5V"])
def test_what_is_no_unit_or_could_be_two(text):
    assert read_unit(text) is None


def test_memory_counts_by_1024_and_rates_by_1000():
    assert read_unit("MB").factor == 8 * 1024**2
    assert read_unit("MB/s").factor == 8 * 1000**2


def test_a_level_is_a_power():
    assert ends("20 dBm") == ends("100 mW")
    assert ends("30 dBW") == ends("1 kW")


@pytest.mark.parametrize(
    ("required", "offered", "apart"),
    [
        ("工作温度", "Operating Temperature Range", 0),
        ("工作温度", "环境温度(℃)", 0),
        ("工作温度", "温度范围", 1),
        ("工作温度", "结温", None),
        ("工作温度", "存储温度", None),
        ("最大功耗(W)", "Power consumption", 0),
        ("功耗", "待机功耗", None),
        ("功耗", "每通道功耗", None),
        ("平均无故障时间", "MTBF", 0),
        ("RDS(on)", "导通电阻 @25℃", 0),
        ("精度", "测温精度", 1),
        ("测温精度", "精度", 1),
        ("精度", "稳定度", None),
        ("MTP 擦写次数", "MTP 擦写寿命", 0),
        ("擦写次数", "MTP 擦写寿命", None),
        ("整机功耗", "芯片功耗", None),
        ("整机功耗", "功耗", 0),
        ("主频", "频率", None),
        ("呼救词识别率", "呼救词识别率", 0),
        ("", "", None),
        ("x" * 2_000, "x" * 2_000, None),
    ],
)
def test_names_are_compared_by_meaning(required, offered, apart):
    assert distance(read_name(required), read_name(offered)) == apart


def test_the_note_says_why():
    def note(value, operator="<=", name="功耗"):
        return judge(Requirement(name, operator, value, "W"), [Parameter("功耗", "8 W @85℃"), Parameter("接口", "SPI")]).note

    assert (note("10").code, note("10").data) == ("proved", {"value": "8 W @85℃"})
    assert note("低").code == "unreadable"
    assert note("10", name="电流").code == "no_parameter"
    assert (note("10 @25℃").code, note("10 @25℃").data) == ("other_condition", {"parameter": "功耗"})
    assert (note("USB", "includes", "接口").code, note("USB", "includes", "接口").data["items"]) == ("missing", "USB")
    assert note("SIL 2", "grade").code == "no_grade"


def test_an_operator_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="operator"):
        judge(Requirement("功耗", "<", "10", "W"), [])
