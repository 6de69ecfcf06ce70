// Every word of the page: Korean, English. `{n}` is filled in; `a|b` is singular|plural. Other
// errors show the words of the service.

import { keep, recall } from "./dom.js";

const WORDS = {
skip: ["질문 입력으로 건너뛰기", "Skip to the question"],
documents: ["문서", "Documents"],
newChat: ["새 대화", "New chat"],
save: ["내보내기", "Export"],
close: ["닫기", "Close"],
cancel: ["취소", "Cancel"],
collection: ["모음", "Collection"],
newCollection: ["새 모음 만들기", "New collection"],
dropCollection: ["이 모음 삭제", "Delete this collection"],
dropText: ["문서 {n}개가 함께 삭제됩니다. 되돌릴 수 없습니다.", "{n} document goes with it. This cannot be undone.|{n} documents go with it. This cannot be undone."],
name: ["이름", "Name"],
make: ["만들기", "Create"],
addFiles: ["파일 추가", "Add files"],
dropHint: ["이 창 어디에나 끌어다 놓아도 됩니다.", "Or drop them anywhere in this window."],
dropHere: ["놓으면 ‘{name}’ 모음에 추가됩니다", "Drop to add to “{name}”"],
waiting: ["기다리는 중", "Waiting"],
sending: ["올리는 중", "Sending"],
reading: ["읽는 중", "Reading"],
added: ["추가했습니다", "Added"],
updated: ["새 내용으로 바꿨습니다", "Replaced by the new text"],
unchanged: ["이미 있는 문서입니다", "Already here"],
failed: ["추가하지 못했습니다", "Not added"],
more: ["더 보기", "Show more"],
noDocuments: ["아직 문서가 없습니다. 파일을 추가하면 바로 질문할 수 있습니다.", "No documents yet. Add a file and ask about it right away."],
characters: ["{n}자", "{n} character|{n} characters"],
remove: ["삭제", "Delete"],
removeOf: ["‘{name}’ 삭제", "Delete “{name}”"],
removeText: ["다음 질문부터 이 문서를 찾지 않습니다. 되돌릴 수 없습니다.", "It cannot be found from the next question on. This cannot be undone."],
removed: ["‘{name}’ 문서를 삭제했습니다.", "“{name}” was deleted."],
welcome: ["문서에 물어보세요", "Ask your documents"],
welcomeText: ["답의 모든 문장에 근거 번호가 붙습니다. 번호를 누르면 원문의 바로 그 자리가 열립니다. 문서에 없는 내용은 없다고 답합니다.", "Every sentence of an answer carries a number. Press it and the source opens at that very place. What the documents do not say is not answered."],
welcomeHint: ["‘누가’, ‘언제’, ‘얼마’, ‘왜’처럼 문서에 답이 적혀 있을 만한 것을 물어보세요.", "Ask what your documents are likely to say: who, when, how much, why."],
question: ["질문", "Question"],
questionHint: ["문서에 대해 물어보세요", "Ask about your documents"],
followHint: ["이어서 물어보세요", "Ask a follow-up"],
keys: ["Enter 보내기 · Shift+Enter 줄 바꿈 · / 질문으로 · Esc 멈추기, 닫기", "Enter sends · Shift+Enter new line · / to the question · Esc stops, closes"],
send: ["질문 보내기", "Send the question"],
stop: ["답변 멈추기", "Stop the answer"],
finding: ["근거를 찾는 중", "Looking for evidence"],
writing: ["대목 {n}개를 찾아 답을 쓰는 중", "Found {n} passage, answering|Found {n} passages, answering"],
understood: ["이렇게 이해했습니다:", "Understood as:"],
short: ["짧은 답", "Short answer"],
partial: ["부분 답변입니다. 문서가 일부만 뒷받침하니 출처를 확인해 주세요.", "A partial answer: the documents carry only some of it. Please check the sources."],
interrupted: ["답변이 도중에 끊겼습니다. 여기까지만 받았습니다.", "The answer was cut off. This is all that arrived."],
stopped: ["답변을 멈췄습니다.", "The answer was stopped."],
again: ["다시 묻기", "Ask again"],
weak: ["출처가 뒷받침하지 않음", "No source carries this"],
number: ["숫자", "number"],
date: ["날짜", "date"],
polarity: ["방향", "direction"],
no_evidence: ["근거 없음", "no evidence"],
conflict: ["출처마다 다르게 말합니다", "The sources disagree"],
conflictText: ["어느 쪽이 맞는지는 원문에서 확인해 주세요.", "Open them to see which one is right."],
sources: ["출처", "Sources"],
mark: ["근거 {n}: {name}, 원문 열기", "Source {n}: {name}, open it"],
unverified: ["원문과 대조되지 않은 인용", "Quote not checked against its source"],
abstained: ["문서에 답이 없습니다", "The documents do not answer this"],
why_no_evidence: ["찾아볼 문서가 없거나 질문과 겹치는 대목이 없습니다.", "There is nothing to look in, or nothing that shares a word with the question."],
why_low_support: ["비슷한 대목은 있지만 답이라고 할 만큼 분명하지 않습니다.", "Some passages come close, but none says it clearly enough."],
why_off_topic: ["문서들은 다른 주제를 다룹니다.", "The documents are about other things."],
why_model_refused: ["모델이 이 질문에 답하지 않았습니다.", "The model declined to answer."],
nearest: ["가장 가까운 대목", "Nearest passages"],
why: ["왜 이 답인가요?", "Why this answer?"],
whyText: ["각 대목이 단계마다 몇 위였는지 보여 줍니다.", "Where each passage ranked at each stage."],
whyMore: ["그 밖의 대목 {n}개는 앞 단계에서 빠졌습니다.", "{n} other passage was left out earlier.|{n} other passages were left out earlier."],
confidence: ["확신도 {n}%", "Confidence {n}%"],
passage: ["대목", "Passage"],
rank: ["{n}위", "#{n}"],
dropped: ["탈락", "dropped"],
dense: ["뜻", "Meaning"],
lexical: ["낱말", "Words"],
fused: ["합산", "Fused"],
rerank: ["재정렬", "Rerank"],
read: ["읽기", "Read"],
retrieve: ["찾기", "find"],
answer: ["답하기", "answer"],
verify: ["검증", "verify"],
total: ["전체", "total"],
loading: ["원문을 여는 중", "Opening the source"],
quoteMoved: ["문서가 바뀌었습니다. 인용문이 옮겨진 자리를 표시합니다.", "The document has changed. This is where the quote is now."],
quoteChanged: ["답한 뒤에 문서가 바뀌어 인용문이 그대로 남아 있지 않습니다.", "The document was changed after this answer and no longer holds the quote."],
quoteGone: ["답한 뒤에 문서가 삭제되었습니다. 인용문은 이러했습니다.", "The document was deleted after this answer. The quote was:"],
done: ["근거 {n}개", "{n} source|{n} sources"],
key: ["API 키가 필요합니다", "An API key is needed"],
keyText: ["서비스를 운영하는 사람에게 받은 키를 넣어 주세요. 이 탭을 닫으면 지워집니다.", "Enter the key that you got from whoever runs this service. Closing this tab forgets it."],
keyWrong: ["맞지 않는 키입니다. 다시 확인해 주세요.", "That key is not accepted. Please check it."],
keyField: ["API 키", "API key"],
ok: ["확인", "OK"],
unknown: ["알 수 없는 문제가 생겼습니다.", "Something went wrong."],
e_network: ["서비스와 연결이 끊겼습니다. 켜져 있는지 확인하고 다시 시도해 주세요.", "The service cannot be reached. Check that it is running, then try again."],
e_401: ["키가 없거나 맞지 않습니다."],
e_403: ["이 키로는 할 수 없습니다. 쓰기 권한이 있는 키가 필요합니다."],
e_404: ["찾는 것이 없습니다. 이미 삭제되었을지 모릅니다.", "It is not there any more."],
e_409: ["같은 이름이 이미 있습니다."],
e_413: ["너무 큽니다. 나누어 보내 주세요."],
e_429: ["요청이 너무 잦습니다. 잠시 뒤에 다시 시도해 주세요."],
e_500: ["서비스에 문제가 생겼습니다. 운영자에게 요청 번호를 알려 주세요."],
e_502: ["모델이 답하지 못했습니다. 잠시 뒤에 다시 시도해 주세요."],
e_503: ["지금 요청이 많습니다. 잠시 뒤에 다시 시도해 주세요."],
requestId: ["요청 번호 {n}", "Request {n}"],
};

/** Answered by the seed articles: two facts, a conflict or another fact, a refusal. */
export const EXAMPLES = {
	ko: ["얀 르쿤은 언제 메타에 합류했나요?", "메타가 스케일 AI에 투자한 금액은 얼마인가?", "알렉산드르 왕은 몇 살인가?", "라마4의 파라미터 수는 몇 개인가?"],
	en: ["When did Yann LeCun join Meta?", "How much did Meta invest in Scale AI?", "What stake in Scale AI did Meta acquire?", "How many employees does DeepSeek have?"],
};

const LANGUAGES = ["ko", "en"];
const known = LANGUAGES.indexOf(recall("localStorage", "language"));
let chosen = known >= 0 ? known : navigator.language.startsWith("ko") ? 0 : 1;

export const language = () => LANGUAGES[chosen];
export const otherLanguage = () => LANGUAGES[1 - chosen];

export function switchLanguage() {
	chosen = 1 - chosen;
	keep("localStorage", "language", language());
}

/** Whether there are words for `key`. */
export const has = (key) => Boolean(WORDS[key]?.[chosen]);

/** The words for `key`, with `values` filled in; anything else is shown as it is. */
export function t(key, values = {}) {
	if (!has(key)) return key;
	const forms = WORDS[key][chosen].split("|");
	const words = values.n === 1 ? forms[0] : forms.at(-1);
	return words.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(language()));
}

/** What went wrong and what to do next. */
export function troubleWords({ status, type, message }) {
	const key = [`e_${status}`, `e_${type}`].find(has);
	return key ? t(key) : message || t("unknown");
}
