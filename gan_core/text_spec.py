"""What a family needs to know of the captions of a data set: its words, and which may be swapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from gan_core.settings import Settings, UserError

PADDING = 0  # token after the last word
OPEN = -1  # value of an attribute that a caption says nothing of
LONGEST = 500  # characters of a sentence that are read at all
_NAMED = 3  # unknown words an error names


class TextSpec(Settings):
    """Vocabulary of a data set's captions. Token k + 1 is word k; token 0 fills up behind the last word.

    Attributes:
        words: Every word, in small letters.
        length: Tokens of a caption, the padding included.
        groups: Sets of meanings that exclude each other, e.g. the colours; each meaning is one or more words
            for the same thing, the usual one first. Swapping a word for one of another meaning of its group
            makes the caption wrong.
        example: A sentence like those of the captions.
    """

    words: tuple[str, ...]
    length: int
    groups: tuple[tuple[tuple[str, ...], ...], ...] = ()
    example: str = ""

    @property
    def tokens(self) -> int:
        """Number of different tokens, the padding included."""
        return len(self.words) + 1

    def split(self, sentence: str) -> list[str]:
        """The words of a sentence in small letters, without punctuation."""
        return re.findall(r"[^\W_]+", sentence.lower())

    def unknown(self, sentence: str) -> list[str]:
        """The words that are not in the vocabulary, each once."""
        return list(dict.fromkeys(word for word in self.split(sentence) if word not in self._ids))

    def encode(self, sentence: str) -> Tensor:
        """Token ids `(1, length)` int64 of a sentence.

        Raises:
            UserError: It is empty, far too long, has an unknown word, or more words than a caption.
        """
        if len(sentence) > LONGEST:
            raise UserError(
                f"the sentence has {len(sentence):,} characters and {LONGEST} are read at most; "
                f'write a short one such as "{self.example}"'
            )
        words = self.split(sentence)
        if not words:
            raise UserError(f'the sentence has no words; write one such as "{self.example}"')
        if unknown := self.unknown(sentence):
            raise UserError(self._about_unknown(unknown, all(word in unknown for word in words)))
        if len(words) > self.length:
            raise UserError(
                f"the sentence has {len(words)} words and {self.length} are read at most; "
                f'write a shorter one such as "{self.example}"'
            )
        return self.ids(words)[None]

    def ids(self, words: Sequence[str]) -> Tensor:
        """Token ids `(length,)` int64 of known words, at most `length` of them."""
        row = [self._ids[word] for word in words]
        return torch.tensor(row + [PADDING] * (self.length - len(row)))

    def decode(self, tokens: Tensor) -> str:
        """The sentence of one row of token ids `(length,)`."""
        return " ".join(self.words[token - 1] for token in tokens.tolist() if token != PADDING)

    def alternatives(self, word: str) -> tuple[str, ...]:
        """What a word can be swapped for: the usual word of every meaning of its group; none: nothing."""
        group = next((g for g in self.groups if any(word in meaning for meaning in g)), ())
        return tuple(meaning[0] for meaning in group)

    def usual(self, captions: Tensor) -> Tensor:
        """Captions `(N, length)` with the usual word of each meaning in place of its synonyms."""
        return self._tables.usual.to(captions.device)[captions]

    def near_misses(self, captions: Tensor, rng: torch.Generator) -> Tensor:
        """Captions `(N, length)` with one word of each swapped for one that makes it wrong.

        A caption without a word of any group stays as it is.
        """
        tables = self._tables.to(captions.device)
        counts = tables.counts[captions]  # (N, length) alternatives of each word
        draws = torch.rand(2, *captions.shape, generator=rng, device=captions.device)
        place = (draws[0] * (counts > 0)).argmax(dim=1, keepdim=True)
        word = captions.gather(1, place)
        pick = (draws[1].gather(1, place) * tables.counts[word]).long()
        other = tables.others[word.squeeze(1)].gather(1, pick)
        return captions.scatter(1, place, torch.where(tables.counts[word] > 0, other, word))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, start=1)}

    @cached_property
    def _tables(self) -> _Tables:
        usual = torch.arange(self.tokens)
        wrong: dict[int, list[int]] = {}
        for group in self.groups:
            for meaning in group:
                excluded = [self._ids[word] for other in group if other is not meaning for word in other]
                for word in meaning:
                    usual[self._ids[word]] = self._ids[meaning[0]]
                    wrong[self._ids[word]] = excluded
        others = torch.zeros(self.tokens, max((len(o) for o in wrong.values()), default=1), dtype=torch.int64)
        counts = torch.zeros(self.tokens, dtype=torch.int64)
        for word_id, row in wrong.items():
            others[word_id, : len(row)], counts[word_id] = torch.tensor(row), len(row)
        return _Tables(usual, others, counts)

    def _about_unknown(self, unknown: Sequence[str], everything: bool) -> str:
        """The error for words nobody has taught it."""
        shown = ", ".join(f"“{word[:20]}”" for word in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        what = "none of its words is known" if everything else f"unknown: {shown}{more}"
        return f"{what}; the words it knows are {', '.join(self.words)}"


class _Tables:
    """What swapping words needs, by token: usual word, wrong words `(tokens, K)` and how many there are."""

    def __init__(self, usual: Tensor, others: Tensor, counts: Tensor) -> None:
        self.usual, self.others, self.counts = usual, others, counts

    def to(self, device: torch.device) -> _Tables:
        return _Tables(self.usual.to(device), self.others.to(device), self.counts.to(device))
