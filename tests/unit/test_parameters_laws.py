"""Laws of verdicts, held against random requirements and parameters."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from search_index.parameters import OPERATORS, Parameter, Requirement, Verdict, judge, read_quantity, structure
from search_index.parameters.units import read_unit

FAMILIES = (
    ("功耗", ("W", "mW", "kW", "瓦", "毫瓦")),
    ("静态电流", ("A", "mA", "μA", "uA", "nA")),
    ("供电电压", ("V", "mV", "kV", "伏")),
    ("数据速率", ("Gbps", "Mbit/s", "GB/s", "kbps")),
    ("启动时间", ("s", "ms", "μs", "分钟", "h")),
    ("厚度", ("mm", "μm", "nm", "cm", "inch")),
    ("片上存储", ("KB", "MB", "Mb", "GB")),
    ("导通电阻", ("Ω", "mΩ", "kΩ")),
)
NUMERIC = (">=", "<=", "=", "within", "covers")
numbers = st.decimals(min_value=0, max_value=9999, places=3, allow_nan=False).map(lambda number: Fraction(number))
texts = st.text(max_size=60) | st.text(alphabet="0123456789.,-~±×^/()@ 至~≤≥VWmkμ℃℉K%万亿GBpsdB路", max_size=40)


def decimal(number):
    """A number as exact decimal text; None if there is none of a sensible length."""
    scaled = number * 10**24
    if scaled.denominator != 1:
        return None
    digits = str(abs(scaled.numerator)).rjust(25, "0")
    return ("-" if number < 0 else "") + (digits[:-24] + "." + digits[-24:]).rstrip("0").rstrip(".")


@st.composite
def quantities(draw):
    """A requirement and a parameter of one family, the parameter also in another unit."""
    name, units = draw(st.sampled_from(FAMILIES))
    required = sorted(draw(st.tuples(numbers, numbers)))
    offered = draw(st.sampled_from([required, sorted(draw(st.tuples(numbers, numbers)))]))
    operator = draw(st.sampled_from(NUMERIC))
    asked, given_in, other = draw(st.sampled_from(units)), draw(st.sampled_from(units)), draw(st.sampled_from(units))
    value = decimal(required[0]) if operator in {">=", "<=", "="} else f"{decimal(required[0])}~{decimal(required[1])}"
    points = offered if draw(st.booleans()) else offered[:1]
    ratio = read_unit(given_in).factor / read_unit(other).factor
    texts = [[decimal(point * scale) for point in points] for scale in (1, ratio)]
    return name, operator, value, asked, given_in, other, texts


@given(quantities())
def test_a_change_of_unit_never_changes_the_verdict(case):
    name, operator, value, asked, given_in, other, (plain, converted) = case
    if None in plain + converted:
        return
    requirement = Requirement(name, operator, value, asked)
    one = judge(requirement, [Parameter(name, "~".join(plain), given_in)])
    same = judge(requirement, [Parameter(name, " 至 ".join(number + other for number in converted))])
    assert one.verdict == same.verdict


@given(st.lists(st.integers(-60, 200), min_size=4, max_size=4), st.integers(0, 50), st.integers(0, 50))
def test_a_wider_range_still_covers(points, below, above):
    asked, offered = sorted(points[:2]), sorted(points[2:])
    requirement = Requirement("工作温度", "covers", f"{asked[0]}~{asked[1]}", "℃")
    narrow = judge(requirement, [Parameter("工作温度", f"{offered[0]}~{offered[1]} ℃")])
    wide = judge(requirement, [Parameter("工作温度", f"{offered[0] - below} ℃ 至 {offered[1] + above} ℃")])
    assert not (narrow.verdict is Verdict.MET and wide.verdict is Verdict.UNMET)
    assert (narrow.verdict is Verdict.MET) == (
        offered[0] <= asked[0] and asked[1] <= offered[1] and (offered[0] < offered[1] or asked == offered)
    )


CATALOGUE = [
    Parameter("功耗", "8 W"), Parameter("典型功耗", "6 W"), Parameter("最大功耗", "12 W"),
    Parameter("功耗", "9 W(典型)/11 W(最大)"),
    Parameter("待机功耗", "1 mW"), Parameter("工作温度", "-40~85 ℃"), Parameter("最高工作温度", "105℃"),
    Parameter("最低工作温度", "-40℃"),
    Parameter("结温", "-40~150 ℃"), Parameter("接口", "SPI, I2C"), Parameter("通信接口", "CAN FD、UART"),
    Parameter("USB 接口", "支持"),
    Parameter("认证", "AEC-Q100 Grade 1"), Parameter("车规认证", "AEC-Q100 Grade 2"), Parameter("主机接口", "PCIe 5.0 x4"),
    Parameter("算力", "128 TOPS (INT8)"), Parameter("峰值算力", "96 TOPS"), Parameter("封装", "LQFP-48"),
]  # fmt: skip
LINES = [
    Requirement("功耗", "<=", "10", "W"), Requirement("典型功耗", "<=", "7", "W"), Requirement("工作温度", "covers", "-40~85", "℃"),
    Requirement("工作温度", "within", "-40~125", "℃"), Requirement("接口", "includes", "SPI、CAN FD"),
    Requirement("接口", "includes", "USB"),
    Requirement("车规等级", "grade", "AEC-Q100 Grade 1"), Requirement("总线", "grade", "PCIe 4.0"),
    Requirement("算力", ">=", "100", "TOPS"),
    Requirement("引脚数", ">=", "48"), Requirement("算力", "=", "128", "TOPS"),
]  # fmt: skip


@given(st.sampled_from(LINES), st.lists(st.sampled_from(CATALOGUE), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_parameters_does_not_matter(requirement, parameters, random):
    shuffled = random.sample(parameters, len(parameters))
    assert judge(requirement, parameters) == judge(requirement, shuffled)


@given(st.sampled_from(LINES), st.lists(st.sampled_from(CATALOGUE), max_size=6))
def test_a_parameter_about_something_else_changes_nothing(requirement, parameters):
    other = Parameter("外壳颜色", "黑色 3 W 100 TOPS 7 路")
    with_other = judge(requirement, [*parameters, other])
    assert with_other == judge(requirement, parameters)


@given(texts, st.sampled_from(sorted(OPERATORS)), texts, texts, st.lists(st.tuples(texts, texts, texts), max_size=3))
@example("功耗", "<=", "10^400", "W", [("功耗", "9" * 5_000, "W")])
@example("接口", "includes", "SPI" * 5_000, "", [("接口", "SPI" * 5_000, "")])
@example("\ud800", "grade", "IP6\x00", "", [("IP", "67", "")])
def test_no_text_makes_it_fail(name, operator, value, unit, parameters):
    judgement = judge(Requirement(name, operator, value, unit), [Parameter(*parameter) for parameter in parameters])
    assert (judgement.evidence is None) == (judgement.verdict is Verdict.UNKNOWN)
    assert judgement.evidence in {None, *(parameter[0] for parameter in parameters)}


@given(texts, texts)
def test_any_text_can_be_read(value, unit):
    for figure in read_quantity(value, unit):
        assert figure.low is None or figure.high is None or figure.low <= figure.high


@given(texts)
@example("A" * 30_000)
def test_any_text_can_be_structured(text):
    assert all(line.operator in OPERATORS and line.name and line.value for line in structure(text))
