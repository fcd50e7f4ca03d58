"""Rule 6: phrases and the levels they mean."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import grid, read, table, words

STRONG = words("非常 很 十分 特别 相当 超级 超 极其 极 极度 最 太 完全 百分百 百分之百 100% 无比 真 真的")
MILD = words("比较 较 挺 蛮 还是 都")
LINKS = ("", "的", "地", "是")
WEAK_NOT = words("不 不是 并不 并不是 没 没有 不算")
WEAK_NOT_DEGREES = words("很 太 十分 非常 特别 那么 多")


@pytest.mark.parametrize("degree", STRONG)
@pytest.mark.parametrize("link", LINKS)
def test_strong_praise_is_level_1(degree: str, link: str) -> None:
    """A strong degree makes praise the best level; 特别是 is none."""
    cores = words("满意 好 棒 赞 不错 优秀")
    hidden = degree + link == "特别是"
    wanted = [{"满意": "2", "不错": "2"}.get(core, "unclear") if hidden else "1" for core in cores]

    assert [read(f"服务{degree}{link}{core}") for core in cores] == wanted


@pytest.mark.parametrize(
    ("degree", "link", "core"),
    grid([*STRONG, "一点都", "一点也", "1点都", "1点也"], ("", "的"), ("不满意", "不满")),
)
def test_strong_dissatisfaction_is_level_5(degree: str, link: str, core: str) -> None:
    """A strong degree makes dissatisfaction the worst level."""
    assert read(degree + link + core) == "5"


@pytest.mark.parametrize("degree", STRONG)
@pytest.mark.parametrize("link", LINKS)
def test_strong_blame_is_level_5(degree: str, link: str) -> None:
    """A strong degree makes blame the worst level; 特别是 is none."""
    cores = words("不好 差 失望 糟糕 恶劣 烂")
    hidden = degree + link == "特别是"
    weaker = {"不好": "4", "差": "4", "失望": "4", "糟糕": "5"}
    wanted = [weaker.get(core, "unclear") if hidden else "5" for core in cores]

    assert [read(degree + link + core) for core in cores] == wanted


@pytest.mark.parametrize(("degree", "link"), grid(MILD, LINKS))
def test_mild_praise_is_level_2(degree: str, link: str) -> None:
    """A mild degree changes nothing about 满意."""
    assert read(f"{degree}{link}满意") == "2"


@pytest.mark.parametrize(("negator", "degree", "core"), grid(WEAK_NOT, WEAK_NOT_DEGREES, ("满意", "好")))
def test_weak_not_is_level_4(negator: str, degree: str, core: str) -> None:
    """Not very satisfied is dissatisfied, however strong the degree behind the negator."""
    assert read(f"我{negator}{degree}{core}") == "4"


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1="好满意 满意极了 好极了 太好了 好评 五星好评 点赞 "
        "阿姨很好 俺很满意 很满意的 不好意思，很满意 一般都很好",
        _2="满意 不错 还不错 挺好 蛮好 比较好 没有不满意 "
        "没什么不满意 没有什么不满意 没啥不满意 没有任何不满意 满意了 挺不错",
        _3="基本满意 基本上满意 大致满意 大体满意 勉强满意 还算满意 一般满意 一般 一般般 "
        "还可以 还行 还好 凑合 马马虎虎 过得去 中评",
        _4=(
            *words(
                "不太满意 不怎么满意 不咋满意 不够满意 不大满意 不那么满意 "
                "没那么满意 不太好 不怎么好 不够好 没那么好"
            ),
            *words(
                "谈不上满意 算不上满意 说不上满意 称不上满意 谈不上很满意 算不上太好 说不上多满意 谈不上好"
            ),
            *words("不算满意 并不满意 不令人满意 没让我满意 没有让我满意 唔满意 冇满意 不算好 并不好"),
            *words(
                "不满意 不满 有点不满意 不好 不行 不怎么样 不咋样 不咋地 "
                "差 较差 比较差 有点差 差评 失望 有点失望"
            ),
        ),
        _5="差劲 糟糕 糟透了 太让人失望 垃圾 烂 恶劣 服务垃圾 态度恶劣 效率烂 垃圾！ 服务态度恶劣",
        unclear=(
            *words("垃圾玩意 灿烂 恶劣天气 好 好好 棒 赞 较好 都好 点个赞 满意度 满亿"),
            *words("最好快点处理 真垃圾 基本是满意 不好说"),
        ),
    ),
)
def test_phrases(text: str, label: str) -> None:
    """Every phrase of the tables, and words that only hold one."""
    assert read(text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=(
            "very satisfied",
            "Excellent",
            "very good!",
            "feichangmanyi",
            "fei chang man yi",
            "henmanyi",
            "hen manyi",
        ),
        _2=("satisfied", "Good", "good job", "manyi", "man yi"),
        _3=("average", "Fair", "so-so", "So so.", "jibenmanyi", "ji ben man yi"),
        _4=(
            *(
                "not satisfied",
                "not very satisfied",
                "dissatisfied",
                "unsatisfied",
                "not good",
                "not very good",
            ),
            *("bad", "poor", "bumanyi", "bu man yi", "butaimanyi", "bu tai manyi"),
        ),
        _5=(
            *("very dissatisfied", "very unsatisfied", "very bad", "very poor", "terrible"),
            *("feichangbumanyi", "fei chang bu man yi", "henbumanyi"),
        ),
        unclear=(
            "goods",
            "badly",
            "unfair",
            "not bad",
            "never satisfied",
            "isn't good",
            "fcmy",
            "bu hen manyi",
            "very",
        ),
    ),
)
def test_english_and_pinyin(text: str, label: str) -> None:
    """Whole words only; pinyin with or without spaces."""
    assert read(text) == label


HIDDEN = words(
    "不好意思 差不多 出差 误差 时差 差别 差距 差旅 普通话 "
    "满意度 满意率 是否满意 一般来说 一般情况 一般都 一般人 一般是",
    "行不行 不行就 很好奇 不错过 特别是 五星级 还好吗 好的 好吧",
)


@pytest.mark.parametrize("word", HIDDEN)
def test_hidden_words_are_no_phrases(word: str) -> None:
    """Words that look like a phrase state no level."""
    assert [read(word), read(f"{word}啊")] == ["unclear", "unclear"]


@pytest.mark.parametrize("degree", [*STRONG, "真是", "非常的"])
def test_a_strong_degree_before_average_is_unclear(degree: str) -> None:
    """Very average is neither average nor surely bad, whatever the digit says."""
    assert [read_reply(f"{head}{degree}一般").rule for head in ("", "3 ")] == [Rule.STRONG_AVERAGE] * 2


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *(
            ("不满意极了", "unclear"),
            ("比较差劲", "4"),
            ("不太好了", "4"),
            ("非常非常不满意", "5"),
            ("真的很好", "1"),
        ),
        *(
            ("不不满意", "unclear"),
            ("还是很好", "1"),
            ("都很满意", "1"),
            ("一般满意", "3"),
            ("没有不满意的", "2"),
        ),
    ],
)
def test_longest_phrase_first_then_leftmost(text: str, label: str) -> None:
    """The longest phrase anywhere is taken before shorter ones that overlap it."""
    assert read(text) == label


@pytest.mark.parametrize(
    "text", ["不 满意", "我不 满意", "没有 不满意", "非常 满意", "服务很 差", "1 不 满意"]
)
def test_a_phrase_torn_by_a_space_is_asked_back_about(text: str) -> None:
    """A space parts clauses, so that half a phrase could turn its meaning round."""
    assert read_reply(text).rule is Rule.BROKEN_PHRASE
