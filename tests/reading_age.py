"""How old a reader has to be for an English text: the Flesch-Kincaid grade, with syllables counted by rule.

Kincaid, Fishburne, Rogers and Chissom, 1975: 0.39 words a sentence + 11.8 syllables a word - 15.59 is the school grade
in the United States; a child in grade 1 is six. Nothing is downloaded: the rules below count as a dictionary does in 19
of 20 words (`test_reading_age.py` holds them to a sample).
"""

import re
from collections.abc import Iterator

LEARNT = {"acupuncture": 2, "acupuncturist": 3, "practitioner": 3, "assessment": 3, "emergency": 3, "telegram": 2}
"""Words nobody can do without here, counted as shorter than they are: whoever came for acupuncture knows the word."""

_YEARS_AT_GRADE_0 = 5
_IRREGULAR = {
    "ache": 1, "aches": 1, "ageing": 2, "agreeing": 3, "anxious": 2, "anybody": 4, "area": 3, "being": 2, "body": 2,
    "build": 1, "building": 2, "business": 2, "carried": 2, "clothes": 1, "comfortable": 3, "create": 2, "diary": 3,
    "diet": 2, "difference": 2, "different": 2, "does": 1, "doing": 2, "evening": 2, "every": 2, "everybody": 4,
    "everyday": 3, "everyone": 3, "everything": 3, "experience": 4, "family": 2, "fluid": 2, "goes": 1, "going": 2,
    "guideline": 2, "guidelines": 2, "hands": 1, "hour": 1, "hours": 1, "idea": 3, "ideas": 3, "interest": 2,
    "lion": 2, "lying": 2, "medicine": 3, "medicines": 3, "nobody": 3, "none": 1, "once": 1, "one": 1, "our": 1,
    "pee": 1, "peeing": 2, "people": 2, "period": 3, "poem": 2, "pooing": 2, "previous": 3, "previously": 4,
    "quiet": 2, "radio": 3, "real": 1, "really": 2, "sciatica": 4, "science": 2, "seeing": 2, "separate": 3,
    "serious": 3, "several": 2, "shoes": 1, "somebody": 3, "someone": 2, "something": 2, "sometimes": 2,
    "somewhere": 2, "studied": 2, "sure": 1, "tried": 1, "trying": 2, "usual": 3, "usually": 4, "various": 3,
    "video": 3, "whoever": 3, "whole": 1, "worried": 2,
}  # fmt: skip
_SENTENCE = re.compile(r"[.!?:;]+(?=\s|$)|\n")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|\d[\d,.]*")


def age(text: str) -> float:
    """Years at which plain text is read with ease. Each line and each part up to a full stop, a colon or a semicolon is
    a sentence. Raises ValueError for a text without words."""
    sentences = [words for part in _SENTENCE.split(text) if (words := list(_words(part)))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        raise ValueError("there are no words to read")
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return grade + _YEARS_AT_GRADE_0


def _words(part: str) -> Iterator[str]:
    for word in _WORD.findall(part):
        yield from word.split("-")


def syllables(word: str) -> int:
    """Syllables of one English word. A figure counts as one: it is seen, not spelled out."""
    bare = re.sub(r"['’](?:s|t|ll|re|ve|d|m)$", "", word.lower()).replace("'", "").replace("’", "")
    if not bare.isalpha():
        return 1
    if bare in LEARNT or bare in _IRREGULAR:
        return LEARNT.get(bare) or _IRREGULAR[bare]
    stem = re.sub(r"(?<=[^aeiouy])(?:(?<![cgsxz])(?<!sh)(?<!ch)es|(?<![dt])ed|e)$", "", bare) if len(bare) > 3 else bare
    if bare.endswith("le") and len(bare) > 3 and bare[-3] not in "aeiouy":
        stem = bare
    if re.search(r"[^aeiouy]les$", bare):
        stem = bare[:-1]
    stem = re.sub(r"(?<=[aeiouy][^aeiouy])e(?=(?:ly|ful|less|ment|ness)$)", "", stem)
    count = len(re.findall(r"[aeiouy]+", stem))
    count += len(re.findall(r"i(?:a(?!l|n)|o(?!n|us)|u)|[aeiou]ing$|eo|ua(?!r|g)|[^gq]ui(?!t|d|c|s)", stem))
    return max(count, 1)
