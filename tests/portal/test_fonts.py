"""The cut fonts: made once, complete, named after their role, honest about what is missing."""

import pytest
from django.conf import settings as django_settings
from fontTools.ttLib import TTFont

from portal import fonts


@pytest.fixture(scope="module")
def font_set():
    return fonts.ensure(django_settings.FONT_CACHE)


def test_second_call_finds_the_folder_of_the_first(font_set):
    again = fonts.ensure(django_settings.FONT_CACHE)
    assert again.folder == font_set.folder
    assert not again.built


def test_cut_faces_hold_every_gbk_ideograph_and_the_official_signs(font_set):
    needed = (
        {ord(c) for c in "¥“”—…〔〕《》、，。（）①㎡％０Ａａ□■√"} | set(range(0x4E00, 0x9FA6)) | set(range(0x20, 0x7F))
    )
    for role in ("songti", "songti_bold", "heiti", "heiti_bold"):
        with TTFont(font_set.folder / f"{role}.otf") as font:
            assert needed - set(font.getBestCmap()) == set()


def test_cut_faces_are_named_after_their_role(font_set):
    with TTFont(font_set.folder / "songti_bold.otf") as font:
        assert font["name"].getDebugName(1) == "Portal Song"
        assert font["OS/2"].usWeightClass == 700


def test_coverage_includes_rare_names_of_the_whole_font(font_set):
    covered = fonts.coverage(font_set.folder)
    assert {ord(c) for c in "䶮𠮷堃"} <= covered
    assert ord("😀") not in covered


def test_replaced_face_is_cut_into_another_folder_without_the_traps_of_fandol(font_set, tmp_path):
    source = tmp_path / "FandolFang-Regular.otf"
    source.symlink_to(font_set.folder / "heiti.otf")
    other = fonts.ensure(tmp_path, {"fangsong": str(source)})
    assert other.built
    assert other.folder.name != font_set.folder.name
    with TTFont(other.folder / "fangsong.otf") as font:
        assert font["name"].getDebugName(1) == "Portal Fangsong"
        drawn, units = font.getBestCmap(), font["head"].unitsPerEm
        assert set(drawn) & {0xFFE5, ord("0"), ord("A"), ord("¥")} == set()
        assert {ord(c) for c in "国，。“”〔（"} <= set(drawn)
        assert {font["hmtx"][glyph][0] for point, glyph in drawn.items() if point != ord(" ")} == {units}
        space = font["hmtx"][drawn[ord(" ")]][0] / units
    with TTFont(other.folder / "songti.otf") as song:
        assert space == song["hmtx"][song.getBestCmap()[ord(" ")]][0] / song["head"].unitsPerEm


def test_missing_font_names_the_package(monkeypatch):
    monkeypatch.setattr(fonts, "FONT_FOLDERS", ())
    with pytest.raises(fonts.FontsMissingError, match="fonts-noto-cjk"):
        fonts.find_sources({})


def test_setting_with_a_wrong_role_or_file_is_refused(tmp_path):
    with pytest.raises(fonts.FontsMissingError, match="comic"):
        fonts.find_sources({"comic": "x"})
    with pytest.raises(fonts.FontsMissingError, match="fangsong"):
        fonts.find_sources({"fangsong": str(tmp_path / "none.ttf")})


def test_file_that_is_no_font_is_refused(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(fonts.FontsMissingError, match="不是字体文件：fangsong"):
        fonts.find_sources({"fangsong": str(broken)})


def test_interrupted_cut_leaves_no_half_folder(tmp_path, monkeypatch):
    def interrupted(face, source, target, like):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(fonts, "_cut", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fonts.ensure(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_command_says_what_it_did(tmp_path, capsys):
    assert fonts.main(["--out", str(django_settings.FONT_CACHE)]) == 0
    assert "already there" in capsys.readouterr().out


def test_command_fails_with_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fonts, "FONT_FOLDERS", ())
    assert fonts.main(["--out", str(tmp_path)]) == 1
    assert "fonts-noto-cjk" in capsys.readouterr().err
