"""Captions, timed to the video."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise

import pytest

from cowviz.movie import load


def cues(path):
    head, *blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    assert head.startswith("WEBVTT\n")
    return [(*map(seconds, block.split("\n")[0].split(" --> ")), block.partition("\n")[2]) for block in blocks]


def seconds(text):
    hours, minutes, rest = re.fullmatch(r"(\d\d):(\d\d):(\d\d\.\d{3})", text).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_each_caption_in_its_time(tmp_path):
    movie = load("fork_cow", lang="ro")
    movie.save(tmp_path / "x.vtt")
    found = cues(tmp_path / "x.vtt")
    assert [text for _, _, text in found] == [step.caption for step in movie.steps]
    assert found[0][0] == 0
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(found))
    assert found[-1][1] == pytest.approx(sum(still.seconds for still in movie.stills()), abs=0.05)
    assert "Language: ro" in (tmp_path / "x.vtt").read_text(encoding="utf-8")


@pytest.mark.parametrize("speed", [1.0, 2.5])
def test_it_lasts_as_long_as_the_video(tmp_path, needs, speed):
    needs("av")
    movie = load("demand_paging_vs_cow")
    options = {"quality": "draft", "scale": 0.1, "speed": speed}
    movie.save(tmp_path / "x.vtt", **options)
    movie.save(tmp_path / "x.mp4", **options)
    probe = [needs("ffprobe"), "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", tmp_path / "x.mp4"]
    lasts = float(subprocess.run(probe, capture_output=True, text=True, check=True).stdout)
    assert cues(tmp_path / "x.vtt")[-1][1] == pytest.approx(lasts, abs=0.001)


def test_a_caption_is_no_markup(tmp_path):
    def play(story):
        story.process("P", heap="x = 1")
        story.say("a < b && b --> c")

    from cowviz.movie import run

    run(play).save(tmp_path / "x.vtt")
    assert cues(tmp_path / "x.vtt")[0][2] == "a &lt; b &amp;&amp; b --&gt; c"
