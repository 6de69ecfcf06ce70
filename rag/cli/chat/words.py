"""What the chat itself says, in Korean and English.

It does not know when it is said. The words around an answer are in `rag.cli.labels`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences with {names} to fill in. `commands` is keyed by command, in the order of /help,
    each with its argument and what it does; `keys` likewise for keys."""

    greeting: str
    hint: str
    unknown: str
    searching: str
    reading: str
    seconds: str
    stopped: str
    stopped_short: str
    again_leaves: str
    nothing_yet: str
    no_sources: str
    no_such_source: str
    no_such_document: str
    several_documents: str
    quote_lost: str
    nothing_asked: str
    no_trail: str
    documents: str
    none_match: str
    now_in: str
    now_using: str
    present: str
    needs: str
    adding: str
    saved: str
    save_exists: str
    save_failed: str
    cleared: str
    characters: str
    conversation: str
    pager: str
    commands: Mapping[str, tuple[str, str]]
    keys: Mapping[str, str]


ENGLISH = Words(
    greeting="Geungeo · {where}",
    hint="Ask about the documents. /help lists the commands, Ctrl-D leaves.",
    unknown="There is no command {name}. /help lists them.",
    searching="Searching",
    reading="Reading {count} passages",
    seconds="{count} s",
    stopped="Stopped here: this is not the whole answer.",
    stopped_short="stopped",
    again_leaves="Ctrl-C again leaves.",
    nothing_yet="No answer yet.",
    no_sources="The last answer cites no source.",
    no_such_source="The last answer has no source [{number}].",
    no_such_document="No document here has {title!r} in its title.",
    several_documents="Several documents have {title!r} in their title:",
    quote_lost="The document has changed: the quote is not in it any more.",
    nothing_asked="Nothing was asked yet.",
    no_trail="The last answer came without its trail.",
    documents="{count} documents in {collection}",
    none_match="No documents here.",
    now_in="Now asking the collection {name}.",
    now_using="Now using the profile {name}.",
    present="now",
    needs="It needs more: /{name} {argument}",
    adding="Reading",
    saved="Saved {count} questions in {path}.",
    save_exists="{path} exists already. Choose another name.",
    save_failed="{path} cannot be written ({why}). Choose another place.",
    cleared="The conversation is forgotten.",
    characters="characters {start}–{end}",
    conversation="Conversation",
    pager="q back · n the quote · space on",
    commands={
        "sources": ("[N]", "the quotes of the last answer, or quote N in its context"),
        "open": ("N|TITLE", "the whole document, at quote N"),
        "why": ("", "how the passages were found, stage by stage"),
        "docs": ("[WORD]", "the documents, or those with WORD in the title"),
        "add": ("PATH", "read a file or folder into the collection"),
        "collection": ("[NAME]", "list the collections, or ask another"),
        "use": ("[PROFILE]", "list the profiles, or answer by another"),
        "save": ("FILE.md", "write the conversation with its sources to a file"),
        "retry": ("", "ask the last question again"),
        "clear": ("", "forget the conversation"),
        "help": ("", "this list"),
        "quit": ("", "leave"),
    },
    keys={
        "Alt-Enter": "a new line (or Esc, then Enter)",
        "Ctrl-R": "search all earlier questions",
        "Tab": "complete commands, paths, names and titles",
        "Ctrl-C": "stop an answer; twice leaves",
    },
)

KOREAN = Words(
    greeting="근거 · {where}",
    hint="문서에 대해 물어보세요. /help는 명령 목록, Ctrl-D는 나가기입니다.",
    unknown="{name} 명령은 없습니다. /help로 목록을 볼 수 있습니다.",
    searching="찾는 중",
    reading="대목 {count}개를 읽는 중",
    seconds="{count}초",
    stopped="여기서 멈췄습니다. 답변 전체가 아닙니다.",
    stopped_short="중단됨",
    again_leaves="Ctrl-C를 한 번 더 누르면 나갑니다.",
    nothing_yet="아직 답변이 없습니다.",
    no_sources="마지막 답변에는 출처가 없습니다.",
    no_such_source="마지막 답변에 출처 [{number}]은(는) 없습니다.",
    no_such_document="제목에 {title!r}이(가) 들어간 문서가 없습니다.",
    several_documents="제목에 {title!r}이(가) 들어간 문서가 여럿입니다.",
    quote_lost="문서가 바뀌어 인용한 대목이 더 이상 없습니다.",
    nothing_asked="아직 질문이 없습니다.",
    no_trail="마지막 답변에는 과정이 남아 있지 않습니다.",
    documents="{collection}의 문서 {count}개",
    none_match="문서가 없습니다.",
    now_in="이제 {name} 모음에서 찾습니다.",
    now_using="이제 {name} 프로필로 답합니다.",
    present="현재",
    needs="더 필요합니다: /{name} {argument}",
    adding="읽는 중",
    saved="질문 {count}개를 {path}에 저장했습니다.",
    save_exists="{path} 파일이 이미 있습니다. 다른 이름을 골라 주세요.",
    save_failed="{path}에 쓸 수 없습니다({why}). 다른 곳을 골라 주세요.",
    cleared="대화를 잊었습니다.",
    characters="글자 {start}–{end}",
    conversation="대화",
    pager="q 돌아가기 · n 인용한 곳 · 스페이스 다음",
    commands={
        "sources": ("[N]", "마지막 답변의 인용문 전체, 또는 N번과 그 앞뒤"),
        "open": ("N|제목", "N번이 인용된 곳에서 문서 전체 보기"),
        "why": ("", "대목을 찾은 과정을 단계별로 보기"),
        "docs": ("[낱말]", "문서 목록, 또는 제목에 그 낱말이 든 문서"),
        "add": ("경로", "파일이나 폴더를 읽어 모음에 넣기"),
        "collection": ("[이름]", "모음 목록, 또는 다른 모음에서 찾기"),
        "use": ("[프로필]", "프로필 목록, 또는 다른 프로필로 답하기"),
        "save": ("파일.md", "대화를 출처와 함께 파일로 저장"),
        "retry": ("", "마지막 질문을 다시 묻기"),
        "clear": ("", "대화 잊기"),
        "help": ("", "이 목록"),
        "quit": ("", "나가기"),
    },
    keys={
        "Alt-Enter": "줄 바꾸기 (또는 Esc 다음 Enter)",
        "Ctrl-R": "지난 질문에서 찾기",
        "Tab": "명령, 경로, 이름, 제목 완성",
        "Ctrl-C": "답변 멈추기, 두 번이면 나가기",
    },
)


def words_for(language: str) -> Words:
    """The words for a language code such as `ko` or `en`."""
    return KOREAN if language.split("-")[0] == "ko" else ENGLISH


def system_language() -> str:
    """The language that the environment asks for, until a question shows another."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ko" if value.startswith("ko") else "en"
    return "en"
