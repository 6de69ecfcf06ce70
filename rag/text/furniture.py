"""What the lines around an article look like: bylines, credits, notices, share buttons, tags.

Each function judges one line by its own words. It does not know where on the page the line stands;
`structure` decides whether the page has an article to be furniture of.
"""

from __future__ import annotations

import re

# Every pattern is tried on lines up to this length only, so none can take long.
_LONGEST = 200


def _one_of(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile(_one_of(*patterns), re.IGNORECASE)


_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"

# People

_SURNAME = (
    "[김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천"
    "방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부]"
)
_KO_NAME = rf"{_SURNAME}[가-힣]{{1,3}}"
_EN_WORD = r"[A-Z][\w.'’-]*"
_EN_NAME = rf"{_EN_WORD}(?: (?:van|de|von|der|bin|al|{_EN_WORD})){{1,3}}"
_KO_NAMES = rf"{_KO_NAME}(?:(?:, ?|·| 및 | ){_KO_NAME}){{0,3}}"
_EN_NAMES = rf"{_EN_NAME}(?:(?:,? and |, | & ){_EN_NAME}){{0,3}}"
_NAME_BREAK = re.compile(r",? and |, ?| & |·| 및 ")
_KO_JOB = r"(?:[가-힣]{2,6} ?)?(?:기자|특파원|논설위원|칼럼니스트|에디터|통신원|앵커|PD)"
_EN_JOB = (
    r"(?:(?:Senior|Staff|Chief|Guest|Contributing|Associate|Special|Freelance|National|Political|"
    r"Technology|Science|Business|Sports|Managing|Deputy) )*"
    r"(?:Writer|Reporter|Correspondent|Contributor|Editor|Columnist|Journalist|Analyst)"
)
_JOB_TITLE = re.compile(_EN_JOB)
_EN_PLACE = r", [A-Z][\w .]{1,40}"
_MAIL_AFTER = rf"(?: ?[=|/·,(<\[]? ?{_EMAIL}[)>\]]?)?(?: ?=)?"

# Times and places of publication

# How the names of papers and agencies end.
_PAPER = r"(?:뉴스1?|시스|일보|신문|경제|투데이|타임스|데일리|저널|미디어|통신|방송)"
_DATELINE = (
    rf"[\[(][가-힣A-Za-z·,/ ]{{1,20}} ?[=|] ?(?:[가-힣A-Za-z]{{0,8}}{_PAPER}|[A-Z]{{2,5}})[\])]"
)
_DATE = _one_of(
    r"[0-9]{4} ?[-./년] ?[0-9]{1,2} ?[-./월] ?[0-9]{1,2}[일.]?",
    r"[A-Z][a-z]{2,8}\.? [0-9]{1,2},? [0-9]{4}",
    r"[0-9]{1,2} [A-Z][a-z]{2,8}\.?,? [0-9]{4}",
)
_TIME = (
    r"[ ,T(]*(?:오전|오후|at)? ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"(?: ?[AaPp]\.?[Mm]\.?)?(?: ?[A-Z]{2,4})?\)?"
)
_STAMP_LABEL = _one_of(
    r"(?:기사 ?)?(?:입력|등록|승인|(?:최종 ?)?수정|업데이트|발행|게시|작성|송고)(?:일시?|시간)?",
    r"(?i:(?:first )?published|(?:last )?updated|last modified|posted)(?: on)?",
)
_STAMP = _one_of(
    rf"{_STAMP_LABEL} ?:? ?{_DATE}(?:{_TIME})?",
    rf"{_DATE}{_TIME}(?: ?(?:송고|입력|게시|등록|수정))?",
)
_BESIDE = r"[ ·|│•,/]{1,3}"
_STAMPS = re.compile(_one_of(rf"{_STAMP}(?:{_BESIDE}{_STAMP}){{0,2}}", rf"{_DATELINE}[ =]*"))
_ANY_DATE = re.compile(rf"{_DATE}(?:{_TIME})?")
# A byline often shares its line with the time of publication, on either side.
_STAMP_BESIDE = re.compile(
    rf"^(?:{_STAMP}|{_DATE}){_BESIDE}|{_BESIDE}(?:{_STAMP}|{_DATE})(?:{_BESIDE}{_STAMP})?$"
)

_BYLINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_DATELINE} ?)?(?P<names>{_KO_NAMES}) ?{_KO_JOB}{_MAIL_AFTER}",
        rf"{_EMAIL} (?P<names>{_KO_NAMES}) ?{_KO_JOB}",
        r"(?:글|취재|작성자|저자|글쓴이|필자|지은이|글[·/]사진|기자)(?: ?[:=·|] ?| )"
        rf"(?P<names>{_KO_NAMES})(?: ?{_KO_JOB})?{_MAIL_AFTER}",
        rf"[Bb][Yy]:? (?P<names>{_KO_NAMES}|[가-힣]{{2,10}})",
        r"(?:(?i:(?:words |story |written |posted |text )?by)|Author|Reporter):? "
        rf"(?P<names>{_EN_NAMES})(?:, {_EN_JOB})?(?:{_EN_PLACE})?{_MAIL_AFTER}",
        rf"(?P<names>{_EN_NAMES}),? (?:\| ?)?{_EN_JOB}(?:{_EN_PLACE})?{_MAIL_AFTER}",
    )
)

# Buttons, counts, notices, links

_ANYWHERE = _whole(
    r"(?:read more|continue reading|advertisement|skip to (?:main )?content)[.:!>» …]*",
    r"share this(?: article| post| story)?:?",
    r"(?:기사 ?)?공유하기|구독하기|(?:url|링크|주소) ?복사|본문 ?(?:바로가기|듣기)|기사 ?듣기",
    r"글자 ?크기(?: ?(?:변경|조절|설정))?",
)
_AT_EDGES = _whole(
    r"key ?words?:?|tags?:?|(?:해시)?태그:?|키워드:?|share:?|subscribe|sign (?:up|in)|log ?in",
    r"(?:leave a )?comments?|reply|home|menu|search|print|e-?mail|newsletter|ad|top",
    r"더 ?보기|공유|구독|댓글|추천|스크랩|인쇄|프린트|목록(?:으로)?|광고|메뉴|검색|로그인|홈",
    r"(?:tags?|key ?words?|(?:해시)?태그|키워드) ?: ?.{1,160}|제보는 [^.!?]{1,40}",
    r"회원가입|좋아요|기사 ?제보|기사 ?원문|구독자|신고|맨 ?위로",
)
_LINKS = _whole(
    r"[▶☞▷■◆\[< ]*(?:관련 ?(?:기사|뉴스|글)|(?:많이 본|인기|추천|최신) ?(?:기사|뉴스|글))[\]>: ]*",
    r"(?:related|recommended|popular|trending) (?:articles?|stories|posts|news|reading):?",
    r"(?:more stories|most (?:read|popular)|read (?:more|next)):?",
)
_NUMBER = r"[0-9][0-9,.]*[KkMm만천]?"
_COUNT = _whole(
    rf"(?:조회수?|댓글|좋아요|추천|공유|구독자|라이킷) ?:? ?{_NUMBER}(?:개|회|명)?",
    rf"(?:views?|comments?|likes?|shares?) ?:? ?{_NUMBER}",
    rf"{_NUMBER} (?:comments?|likes?|shares?|views?)",
    r"[0-9]{1,3}[- ]min(?:ute)?s? read|[0-9]{1,3}분 (?:읽기|소요)",
)
_PLATFORM = _one_of(
    "facebook|twitter|x|e-?mail|linkedin|whatsapp|reddit|pinterest|telegram|line|instagram|threads",
    "kakao(?:talk|story)?|print|copy link|share|tweet",
    "페이스북|트위터|카카오톡|카카오스토리|카톡|네이버 ?(?:블로그|밴드)?|밴드|라인|텔레그램",
    "인스타그램|스레드|이메일|메일|링크|공유|인쇄|스크랩",
)
_SHARE = _whole(
    rf"(?:share (?:on|this|via):? ?)?{_PLATFORM}(?:[ ,|/·]{{1,3}}{_PLATFORM}){{1,9}}",
    rf"(?:share|tweet|post) (?:this )?(?:on|to|via) {_PLATFORM}",
    rf"{_PLATFORM}(?:으로|로|에) ?공유(?:하기)?",
)
_POINTER = _whole(
    r"(?:작가의 ?)?(?:이전|다음) ?(?:글|기사|포스트)",
    r"(?:previous|next) (?:post|article|story)",
    r"[▶☞▷>\[( ]*(?:관련 ?기사|관련 ?뉴스|함께 ?보면 ?좋은 ?기사)\b",
    r"(?:read more|also read|read also|related(?: story)?|more on this(?: story)?):",
    r"(?:홈|home) ?[>›»]",
)
_INVITATION = _whole(
    r"(?:subscribe (?:to|now|for)|sign up (?:to|for)|follow us (?:on|at)|click here (?:to|for)|"
    r"join our (?:newsletter|mailing)|download our app|get our (?:newsletter|app))"
    r"\b[^.!?]{0,80}[.!?]?",
    r"[^.!?]{0,40}(?:구독|팔로우|좋아요)[^.!?]{0,20}(?:눌러|부탁)[^.!?]{0,12}[.!?]?",
    r"(?:네이버|카카오톡|유튜브|뉴스레터)[^.!?]{0,24}(?:구독|추가|바로가기)(?:하기|하세요)?[.!?]?",
)
_RIGHTS = _whole(
    r"[<\[(【 ]*(?:©|ⓒ|\(c\) ?(?:[0-9]{4}|copyright)).*",
    r"[<\[(【 ]*(?:copyright|저작권자) ?(?:©|ⓒ|\(c\)|[0-9]{4}|:).*",
    r"[^.!?]{0,60}무단 ?(?:전재|복제|전제|배포)[^.!?]{0,40}(?:금지|금합니다).{0,60}",
    r"[^!?]{0,80}all rights reserved.{0,60}",
)
_HASHTAGS = re.compile(r"#[^\s#,]{1,40}(?:[ ,]{0,3}#[^\s#,]{1,40})+,?")
_TAG = re.compile(r"[^\s,.!?;:][^,.!?;:]{0,39}")
_ADDRESS = _whole(rf"[(<\[]?(?:(?:e-?mail|이메일|메일) ?:? ?)?{_EMAIL}[)>\]]?")
_SENTENCE_END = re.compile(r"[가-힣a-z][.!?](?=\s|$)")

# Pictures

_KO_PICTURE = r"(?:사진|그래픽|이미지|영상|일러스트|삽화)"
_EN_PICTURE = r"(?i:photo|photograph|image|picture|illustration|graphic)s?"
_EN_SOURCE = r"[A-Z][\w .,/'’&-]{0,60}"
_WIRE = r"(?:AP|AFP|Reuters|REUTERS|EPA|Getty|Yonhap)"
_CREDIT = _one_of(
    rf"[(\[<［]{_KO_PICTURE} ?(?:[=:ⓒ©/|]|제공|출처)[ =:]*[^()\[\]]{{1,60}}[)\]>］]",
    r"[(\[]사진[가-힣]{2,10}[)\]]",
    r"[(\[](?:자료|출처|도표) ?= ?[^()\[\]]{1,60}[)\]]",
    r"[(\[][^()\[\]]{1,40} (?:제공|캡처|갈무리)[)\]]",
    rf"[(\[]{_WIRE}[\w ]{{0,12}}(?:/[\w .'-]{{1,40}})?[)\]]",
    rf"[(\[](?i:{_EN_PICTURE}|credit|courtesy)(?: (?:by|credit|courtesy|of))*:? ?{_EN_SOURCE}[)\]]",
)
_CREDIT_LINE = re.compile(
    _one_of(
        _CREDIT,
        rf"{_KO_PICTURE} ?(?:제공|출처)? ?[=:ⓒ©] ?[^.!?]{{1,60}}",
        rf"{_KO_PICTURE} ?(?:제공|출처) [^.!?]{{1,40}}",
        rf"{_EN_PICTURE}(?: ?(?i:credit|courtesy|source))?(?: (?:by|of))? ?: ?[^.!?]{{1,80}}",
        rf"{_EN_PICTURE} (?i:by|courtesy of|credit) {_EN_SOURCE}",
        r"(?:Getty Images|AP Photo|AFP|REUTERS)(?: ?/ ?[\w .'-]{1,40})?",
    )
)
_CREDITED = re.compile(rf"[^\n]{{1,140}} ?{_CREDIT}[.]?")


def byline(line: str) -> tuple[str, ...]:
    """The authors that `line` names, when it does nothing else."""
    if len(line) > _LONGEST:
        return ()
    bare = _STAMP_BESIDE.sub("", line)
    for pattern in _BYLINES:
        if match := pattern.fullmatch(bare):
            names = _NAME_BREAK.split(match["names"])
            return tuple(name for name in names if name and not _JOB_TITLE.fullmatch(name))
    return ()


def is_stamp(line: str) -> bool:
    """When the article was published, or its dateline, and nothing else."""
    return len(line) <= _LONGEST and _STAMPS.fullmatch(line) is not None


def is_caption(line: str) -> bool:
    """A photo credit, alone or at the end of one line that describes the picture."""
    if len(line) > _LONGEST:
        return False
    if _CREDIT_LINE.fullmatch(line):
        return True
    return bool(_CREDITED.fullmatch(line)) and len(_SENTENCE_END.findall(line)) <= 1


def is_furniture(line: str) -> bool:
    """A line that is part of a page and of no article, wherever it stands."""
    if len(line) > _LONGEST:
        return False
    whole = (_ANYWHERE, _COUNT, _SHARE, _INVITATION, _HASHTAGS, _RIGHTS)
    return any(pattern.fullmatch(line) for pattern in whole) or (
        bool(_POINTER.match(line)) and not _SENTENCE_END.search(line)
    )


def is_edge_furniture(line: str) -> bool:
    """A line that is furniture before or after an article but may be a heading inside it."""
    return len(line) <= _LONGEST and any(
        pattern.fullmatch(line) for pattern in (_AT_EDGES, _LINKS, _ANY_DATE)
    )


def is_address(line: str) -> bool:
    """An e-mail address and nothing else."""
    return len(line) <= _LONGEST and _ADDRESS.fullmatch(line) is not None


def opens_links(line: str) -> bool:
    """The heading of a list of links to other articles."""
    return len(line) <= _LONGEST and _LINKS.fullmatch(line) is not None


def is_tag_list(line: str) -> bool:
    """Four or more short items between commas and no sentence."""
    tags = [tag.strip() for tag in line.split(",")]
    return len(tags) >= 4 and all(_TAG.fullmatch(tag) and tag.count(" ") < 4 for tag in tags)
