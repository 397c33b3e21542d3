"""A movie: how it is made, what its files are, how large its pictures are."""

from __future__ import annotations

from types import ModuleType

import pytest
from movie_lab import SMALL, lesson, names
from PIL import Image

import cowviz
from cowviz import plugins
from cowviz.errors import ClaimError, CowvizError, CowvizWarning


def test_run_takes_its_words_from_the_function(movie):
    assert (movie.title, movie.trace.name, movie.trace.doc) == ("Two steps", "lesson", "Nothing more.")
    assert repr(movie) == "<Movie lesson: 2 steps>"


def test_run_of_a_play_takes_them_from_its_module():
    def play(story):
        lesson(story)

    movie = cowviz.run(play, profile="linux")
    assert movie.trace.name == "test_movie"
    assert movie.title == "A movie: how it is made, what its files are, how large its pictures are"
    assert movie.steps[0].machine.profile is cowviz.LINUX


def test_steps_have_words_and_counters(movie):
    first, last = movie.steps
    assert (first.number, first.caption, first.faults, first.copies) == (1, "One process.", 0, 0)
    assert (last.number, last.caption, last.faults, last.copies) == (2, "The child writes.", 1, 1)
    assert last.events


def test_load_takes_names_files_and_traces(tmp_path):
    movie = cowviz.load("fork_cow")
    (path,) = movie.save(tmp_path / "trace.json")
    assert cowviz.load(path).trace == movie.trace
    assert cowviz.load(str(path)).to_text() == movie.to_text()
    with pytest.raises(CowvizError, match="a recorded trace keeps the profile"):
        cowviz.load(path, profile="linux")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"steps": []}'])
def test_a_malformed_trace_is_told_about(tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(CowvizError, match=r"bad\.json") as caught:
        cowviz.load(path)
    assert len(str(caught.value).splitlines()) <= 2


def test_unknown_profile():
    with pytest.raises(CowvizError, match="no profile 'linx'; did you mean linux"):
        cowviz.load("fork_cow", profile="linx")


def test_a_claim_that_does_not_hold_passes_out_of_run():
    def play(story):
        story.process("P", heap=1)
        assert 1 + 1 == 3

    with pytest.raises(AssertionError):
        cowviz.run(play)


def test_a_claim_that_does_not_hold_in_a_file(tmp_path):
    path = tmp_path / "false.py"
    path.write_text("def play(story):\n    assert 1 + 1 == 3\n")
    with pytest.raises(ClaimError, match=r"false\.py, line 2: the claim does not hold: assert 1 \+ 1 == 3"):
        cowviz.load(path)


@pytest.mark.parametrize("suffix", [s for s in plugins.formats() if s not in (".mp4", ".webm")])
def test_save_by_suffix(movie, tmp_path, suffix):
    path = tmp_path / "new folder" / f"x{suffix}"
    assert movie.save(path, size=SMALL, fps=5) == [path]
    assert path.stat().st_size > 100
    assert names(path.parent) == [path.name], "nothing else is left there"


def test_save_video(movie, tmp_path, needs):
    needs("av")
    (path,) = movie.save(tmp_path / "x.mp4", size=SMALL, fps=5)
    assert path.stat().st_size > 100


def test_one_picture_a_step(movie, tmp_path):
    files = movie.save(str(tmp_path / "x-{step:02d}.svg"))
    assert [file.name for file in files] == ["x-01.svg", "x-02.svg"]
    assert "One process." in files[0].read_text()
    assert "The child writes." in files[1].read_text()
    assert [file.name for file in movie.save(tmp_path / "y-{step}.svg", step=2)] == ["y-2.svg"]


def test_other_braces_in_a_path_are_left_alone(movie, tmp_path):
    (path,) = movie.save(tmp_path / "{a}.svg")
    assert path.name == "{a}.svg"
    with pytest.raises(CowvizError, match="write for example"):
        movie.save(tmp_path / "{step:q}.svg")


def test_the_last_step_one_step_or_before_and_after(movie, tmp_path):
    last = movie.save(tmp_path / "last.svg")[0].read_text()
    assert movie.save(tmp_path / "2.svg", step=2)[0].read_text() == last
    assert movie.save(tmp_path / "1.svg", step=1)[0].read_text() != last
    assert movie.save(tmp_path / "both.svg", before_after=True)[0].read_text() != last


def test_save_all(movie, tmp_path):
    files = movie.save_all(tmp_path, size=SMALL, fps=5)
    assert [file.name for file in files] == ["lesson.gif", "01.png", "02.png", "before-after.png"]
    assert names(tmp_path) == sorted(file.name for file in files)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (1280, 720)),
        ({"quality": "draft"}, (640, 360)),
        ({"quality": "draft", "scale": 0.25}, (320, 180)),
        ({"size": (640, 480)}, (640, 480)),
        ({"size": (640, 360), "scale": 0.5}, (320, 180)),
    ],
)
def test_size(movie, tmp_path, options, size):
    (path,) = movie.save(tmp_path / "x.png", **options)
    assert Image.open(path).size == size


@pytest.mark.parametrize(
    ("size", "canvas"),
    [((960, 720), 960), ((1600, 1200), 960), ((1280, 1024), 960), ((1440, 960), 1280), ((1920, 1080), 1280)],
)
def test_the_canvas_suits_the_size(movie, tmp_path, size, canvas):
    (svg,) = movie.save(tmp_path / "x.svg", size=size, step=1)
    assert f'viewBox="0 0 {canvas} 720"' in svg.read_text(encoding="utf-8")
    assert {scene.width for play in movie.scenes(size=size) for scene in play} == {canvas}
    assert {still.scene.width for still in movie.stills(size=size)} == {canvas}
    assert movie.picture(1, size=size).width == canvas


def test_a_picture_for_4_3_fills_it_in_large_type(movie, tmp_path):
    (png,) = movie.save(tmp_path / "x.png", size=(960, 720))
    with Image.open(png) as image:
        assert image.size == (960, 720)
        assert image.info["dpi"][0] == pytest.approx(96, abs=0.1)
    assert [finding.line() for finding in movie.check(size=(960, 720))] == []
    caption = movie.picture(1, size=(960, 720)).shapes["caption:0"]
    assert caption.size == movie.picture(1).shapes["caption:0"].size


def test_pages_and_both_sides_are_of_4_3_too(movie, tmp_path):
    (both,) = movie.save(tmp_path / "both.png", before_after=True, size=(960, 720))
    assert Image.open(both).size == (960, 1440)
    (pdf,) = movie.save(tmp_path / "x.pdf", size=(960, 720))
    assert b"/MediaBox [ 0 0 720 540 ]" in pdf.read_bytes()


def test_a_view_for_one_width_goes_on_working(movie, tmp_path, monkeypatch):
    """It is drawn with margins above and below."""
    columns = plugins.find("views", "columns")

    wide = ModuleType("wide")
    vars(wide).update(plan=columns.plan, draw=columns.draw)
    find = plugins.find
    monkeypatch.setattr(plugins, "find", lambda kind, name: wide if name == "wide" else find(kind, name))
    (svg,) = movie.save(tmp_path / "x.svg", view="wide", size=(960, 720), step=1)
    assert 'width="960" height="720" viewBox="0 0 1280 720"' in svg.read_text(encoding="utf-8")
    assert movie.picture(view="wide", size=(960, 720), before_after=True).width == 1280


def test_save_all_gives_each_format_the_options_that_it_supports(movie, tmp_path):
    movie.save_all(tmp_path, size=SMALL, fps=5, loop=3, poster=2, transparent=True, reduced_motion=True)
    with Image.open(tmp_path / "lesson.gif") as image:
        assert (image.info["loop"], image.n_frames) == (2, 1 + sum(map(len, movie.scenes())))  # type: ignore[attr-defined]
        first = image.convert("RGB").tobytes()
        image.seek(image.n_frames - 1)  # type: ignore[attr-defined]
        assert image.convert("RGB").tobytes() == first
    for name in ("01.png", "before-after.png"):
        assert Image.open(tmp_path / name).mode == "RGBA"


def test_a_poster_comes_first_and_is_soon_gone(movie):
    plain, still = movie.stills(), movie.stills(poster=2)
    assert (still[0].scene, still[0].seconds) == (movie.picture(2), 0.05)
    assert list(still[1:]) == list(plain)


def chinese(story: cowviz.Story) -> None:
    """写时复制"""
    story.process("父进程", heap=1)
    story.say("内核复制页框。")


def test_what_no_font_can_show_is_refused_by_name(tmp_path):
    for suffix in (".png", ".gif", ".pdf", ".webp"):
        with pytest.raises(CowvizError, match=r"no glyph in DejaVu Sans for 写 时 .* 。; .* --font FILE\.ttf"):
            cowviz.run(chinese).save(tmp_path / f"x{suffix}", size=SMALL)
    assert not names(tmp_path)
    assert cowviz.run(chinese).save(tmp_path / "x.txt")


@pytest.mark.parametrize("suffix", [".svg", ".anim.svg", ".html", ".pptx", ".vtt"])
def test_where_the_viewer_sets_the_text_a_missing_glyph_is_a_warning(tmp_path, suffix):
    with pytest.warns(CowvizWarning, match=r"^no glyph in DejaVu Sans for 写 时 .*: the program that shows") as told:
        (file,) = cowviz.run(chinese).save(tmp_path / f"x{suffix}", fps=5)
    assert len(told) == 1
    assert file.stat().st_size > 50
    with pytest.raises(CowvizError, match="no glyph"):  # pictures on slides are pixels
        cowviz.run(chinese).save(tmp_path / "y.pptx", pictures="png")


def test_a_font_of_ones_own(tmp_path, needs_cjk):
    movie = cowviz.run(chinese)
    files = [tmp_path / f"x{suffix}" for suffix in (".svg", ".gif", ".pdf", ".png")]
    for file in files:
        movie.save(file, size=SMALL, font=str(needs_cjk))
    assert "font-family=\"'Droid Sans Fallback', DejaVu Sans" in files[0].read_text()
    assert b"DroidSansFallback" in files[2].read_bytes()
    assert movie.figure(font=str(needs_cjk))
    assert movie.scenes() is not movie.scenes(font=str(needs_cjk))


def test_a_font_changes_what_is_measured(movie):
    places = [
        {name: getattr(shape, "x", 0) for name, shape in movie.picture(2, font=font).shapes.items()}
        for font in ("", "DejaVu Serif")
    ]
    assert places[0].keys() == places[1].keys()
    assert places[0] != places[1]
