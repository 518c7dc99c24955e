"""Free text becomes requirement lines."""

import pytest

from search_index.parameters import Parameter, Requirement, judge, structure


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("工作温度范围不低于-40~125℃", [("工作温度", "covers", "-40~125", "℃")]),
        ("功耗≤10W", [("功耗", "<=", "10", "W")]),
        ("算力不低于100TOPS（INT8），典型功耗不超过15W", [("算力", ">=", "100 (INT8)", "TOPS"), ("典型功耗", "<=", "15", "W")]),
        ("1、测温精度优于±0.5℃；2、响应时间小于1ms；", [("测温精度", "<=", "±0.5", "℃"), ("响应时间", "<=", "1", "ms")]),
        ("探测距离≥200m、测距精度≤5cm", [("探测距离", ">=", "200", "m"), ("测距精度", "<=", "5", "cm")]),
        ("latency below 20 ms", [("latency", "<=", "20", "ms")]),
        ("The supply voltage must cover 9~36 V.", [("supply voltage", "covers", "9~36", "V")]),
        ("通道数8路以上", [("通道数", ">=", "8", "路")]),
        ("工艺节点28nm及以下", [("工艺节点", "<=", "28", "nm")]),
        ("将集装箱摆幅控制在±100 mm内", [("集装箱摆幅", "<=", "±100", "mm")]),
        ("温度25℃时功耗小于3W", [("功耗", "<=", "3 @25℃", "W")]),
        ("数据保持10年@85℃", [("数据保持", "=", "10 @85℃", "年")]),
        ("封装尺寸不大于5×5mm", [("封装尺寸", "<=", "5×5", "mm")]),
        ("供电电压为5V±5%", [("供电电压", "covers", "5V±5%", "")]),
        ("温控箱温度波动在2~3 K之间", [("温控箱温度波动", "within", "2~3", "K")]),
        ("满足AEC-Q100 Grade 1", [("车规等级", "grade", "AEC-Q100 Grade 1", "")]),
        ("防护等级不低于IP67", [("防护等级", "grade", "IP67", "")]),
        ("产品应通过ISO 26262 ASIL-B认证", [("功能安全等级", "grade", "ASIL-B", "")]),
        ("PCIe 4.0 is required", [("Interface version", "grade", "PCIe 4.0", "")]),
        ("支持PCIe 4.0", [("接口版本", "grade", "PCIe 4.0", "")]),
        ("要求支持SPI、I2C、CAN FD接口", [("接口", "includes", "SPI、I2C、CAN FD", "")]),
        ("操作系统支持Linux和Android", [("操作系统", "includes", "Linux、Android", "")]),
    ],
)
def test_a_stated_requirement_becomes_a_line(text, lines):
    assert structure(text) == [Requirement(*line) for line in lines]


@pytest.mark.parametrize(
    "text",
    ["", "具有良好的可靠性", "产能从2万吨/年提升至10万吨/年", "最大 10 W", "采用 SOI 工艺", "系数≤0.2w/m.k(600℃)", "功" * 2_000],
)
def test_what_states_no_requirement_makes_none(text):
    assert structure(text) == []


def test_a_line_that_was_offered_can_be_judged():
    product = [
        Parameter("工作温度", "-40~125 ℃"),
        Parameter("功耗", "3 W @25 ℃"),
        Parameter("防护等级", "IP68"),
        Parameter("接口", "SPI/UART"),
    ]
    lines = structure("工作温度范围-40~85℃。温度25℃时功耗小于4W。防护等级不低于IP67。支持SPI、UART接口。")
    assert [judge(line, product).verdict for line in lines] == ["met"] * 4


def test_each_line_is_offered_once():
    assert len(structure("功耗≤10W。功耗≤10W")) == 1
