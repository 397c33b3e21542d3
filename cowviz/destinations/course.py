"""A course's folder of Markdown slides: media/NAME/NAME-0.svg ..., media/NAME-generated.gif, a snippet, questions.

The layout is that of the operating-systems course of the University POLITEHNICA of Bucharest: slides for reveal-md,
separated by ``----``, and a file for each question, in which ``+`` marks the right answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cowviz.destinations._slides import Slide, draw, file_name, one_line, slides, write
from cowviz.destinations.markdown import in_markdown
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie
from cowviz.narration.questions import Question, questions

THEN = "copy NAME.md's slides into yours; media/ and questions/ go beside them"


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write media/, NAME.md and questions/NAME-1.md ..."""
    name, shown = file_name(movie), slides(movie, options)
    files = [write(folder / f"{name}.md", _snippet(one_line(movie.title), name, shown))]
    files += draw(movie, folder / "media" / f"{name}-generated.gif", options)
    for slide in shown:
        files += draw(movie, folder / "media" / name / f"{name}-{slide.number - 1}.svg", options, slide.number)
    for number, question in enumerate(questions(movie.trace), 1):
        files.append(write(folder / "questions" / f"{name}-{number}.md", _question(movie, question)))
    return files


def _snippet(title: str, name: str, shown: list[Slide]) -> Iterator[str]:
    """The animation on a slide, and the captions in words below it for who cannot see it move."""
    yield f"### {in_markdown(title)}\n"
    yield f"![{in_markdown(f'{title}: {shown[-1].alt}')}](./media/{name}-generated.gif)\n"
    yield "Note:\n"
    for slide in shown:
        yield f"{slide.number}. {in_markdown(slide.caption)}"
    for slide in shown:
        yield f"\n----\n\n### {in_markdown(title)}\n"
        yield f"![{in_markdown(slide.alt)}](./media/{name}/{name}-{slide.number - 1}.svg)"


def _question(movie: Movie, question: Question) -> Iterator[str]:
    yield f"# {in_markdown(one_line(movie.title))}: step {question.step}\n"
    yield f"## Question Text\n\n{in_markdown(one_line(question.text))}\n\n## Question Answers\n"
    for index, choice in enumerate(question.choices):
        yield f"{'+' if index == question.answer else '-'} {in_markdown(one_line(choice))}\n"
    yield f"## Feedback\n\n{in_markdown(one_line(question.why))}"
