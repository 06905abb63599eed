"""What is said: messages that come in and wait for an answer, and posts in public, own and others'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from leadline.inputs import stream
from leadline.units import Period
from leadline.worlds.company import Company
from leadline.worlds.parameters import FirstReply, Replies
from leadline.worlds.spending import calendar_days

_Z90 = NormalDist().inv_cdf(0.9)  # the 90 % point of a log-normal lies so many of its deviations above its median
_TALKING, _TALKING_HOURS = 7, 15  # hours in which people write: own choice


@dataclass(frozen=True)
class Message:
    """One message of a conversation. answers: key of the message it answers, "" = it opens the conversation."""

    key: str
    conversation: str
    at: dt.datetime
    inbound: bool
    is_auto: bool = False
    answers: str = ""


@dataclass(frozen=True)
class Post:
    """One post. by: the account that wrote it · brand: whom it names · mood: -1..1 · replies, shares, likes: counts."""

    number: int
    at: dt.datetime
    by: str
    brand: str
    text: str
    mood: float
    likes: int
    shares: int
    own: bool
    deleted_at: dt.datetime | None = None


def messages_of(company: Company) -> tuple[Message, ...]:
    """Return every message up to the world's end, by time."""
    replies = company.world.replies
    if replies is None:
        return ()
    found = [message for opener in _openers(company, replies) for message in _thread(company, replies, opener)]
    return tuple(sorted((one for one in found if one.at <= company.end), key=lambda one: (one.at, one.key)))


def _openers(company: Company, replies: Replies) -> Iterator[tuple[int, dt.datetime]]:
    random = stream(company.seed, "world: inbound messages")
    number = 0
    for day, count in zip(calendar_days(company.world), random.poisson(replies.inbound * company.demand), strict=True):
        for _ in range(int(count)):
            number += 1
            second = int((_TALKING + random.random() * _TALKING_HOURS) * 3600)
            yield number, dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)


def _thread(company: Company, replies: Replies, opener: tuple[int, dt.datetime]) -> Iterator[Message]:
    """Yield an inbound message, the machine's answer if there is one, and the answer of a person if one ever comes."""
    number, at = opener
    random = stream(company.seed, "world: conversation", index=number)
    key, thread = f"m{number}", f"t{number}"
    yield Message(key, thread, at, inbound=True)
    auto, never, wait = random.random(), random.random(), reply_hours(replies.first_reply, random)
    if auto < replies.auto_reply:
        yield Message(f"{key}a", thread, at + dt.timedelta(minutes=1), inbound=False, is_auto=True, answers=key)
    if never >= replies.never:
        yield Message(f"{key}r", thread, business_later(at, wait, replies=replies), inbound=False, answers=key)


def reply_hours(first: FirstReply, random: np.random.Generator) -> float:
    """Return business hours until a first answer, log-normal by its median and 90 % point."""
    spread = np.log(first.p90 / first.median) / _Z90
    return float(24 * first.median * np.exp(spread * random.normal()))


def business_later(at: dt.datetime, hours: float, *, replies: Replies) -> dt.datetime:
    """Return the moment at which so many business hours have passed."""
    opens, closes = replies.hours
    left = dt.timedelta(hours=hours)
    while True:
        start = dt.datetime.combine(at.date(), dt.time(opens))
        end = dt.datetime.combine(at.date(), dt.time()) + dt.timedelta(hours=closes)
        if at.weekday() in replies.days and at < end:
            at = max(at, start)
            if at + left < end:
                return (at + left).replace(microsecond=0)
            left -= end - at
        at = dt.datetime.combine(at.date() + dt.timedelta(days=1), dt.time())


def posts_of(company: Company) -> tuple[Post, ...]:
    """Return every post up to the world's end, by time; rivals and the public post as demand moves."""
    posts = company.world.posts
    if posts is None:
        return ()
    speakers = [(posts.author, posts.author, posts.own, True)]
    speakers += [(brand, brand, daily, False) for brand, daily in posts.rivals.items()]
    speakers += [("", brand, daily, False) for brand, daily in posts.about.items()]
    found = [post for who, brand, daily, own in speakers for post in _posts(company, who, brand, daily=daily, own=own)]
    found.sort(key=lambda post: (post.at, post.by, post.number))
    return tuple(found)


def _posts(company: Company, who: str, brand: str, *, daily: float, own: bool) -> Iterator[Post]:
    posts, number = company.world.posts, 0
    if posts is None:
        return
    random = stream(company.seed, f"world: posts of {who or 'people'} about {brand}")
    counts = random.poisson(daily * (np.ones(company.world.days) if own else company.demand))
    mood = posts.sentiment.get(brand, 0.0)
    for day, count in zip(calendar_days(company.world), counts, strict=True):
        for _ in range(int(count)):
            number += 1
            at = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=int(random.integers(86_400)))
            felt = float(np.clip(mood + 0.3 * random.normal(), -1, 1))
            text = posts.texts[int(random.integers(len(posts.texts)))] if own else _said(brand, felt, random)
            likes, shares = int(random.poisson(6.0)), int(random.poisson(0.8))
            gone = at + dt.timedelta(days=2) if random.random() < posts.deleted else None
            yield Post(
                number, at, who or f"person{int(random.integers(900)):03d}", brand, text, felt, likes, shares, own, gone
            )


_GOOD, _PLAIN, _BAD = (
    ("{} was ready when they said.", "Glad I went to {}.", "{} were lovely."),
    ("Has anybody been to {}?", "Passing by {} today.", "{} again this week."),
    ("{} kept me waiting.", "Not happy with {}.", "{} never called back."),
)
_MOODS = 0.25  # beyond it a text is friendly or unfriendly: own choice


def _said(brand: str, mood: float, random: np.random.Generator) -> str:
    texts = _GOOD if mood > _MOODS else _BAD if mood < -_MOODS else _PLAIN
    return texts[int(random.integers(len(texts)))].format(brand)


def collected(company: Company, post: Post) -> bool:
    """Say whether the collection caught a post, or stood still on its day."""
    gap = company.world.posts.gap if company.world.posts else None
    return not gap or post.at.date() not in Period.parse(gap)
