// The page: the talk, and what its buttons and keys do.

import * as api from "./api.js";
import * as docs from "./docs.js";
import { turnView } from "./answer.js";
import { $, el, keep, recall, say } from "./dom.js";
import { markdown } from "./export.js";
import { askUser, closePanel, closeTop, hideTip, isNarrow, openPanel } from "./panels.js";
import { openSource } from "./source.js";
import { EXAMPLES, language, otherLanguage, switchLanguage, t } from "./words.js";

const REMEMBERED = 20; // messages of the talk that go with a question
const SEEDS = ["000_2a498150bfc2e870.txt", "003_9acfb21822a55c1e.txt"]; // what EXAMPLES ask about
const field = $("question");
let views = [];
let running; // the AbortController of the answer that is coming
let reading; // the id of the document in the source panel

const act = {
	open(place, opener, closing) {
		reading = place.document_id;
		openSource(place, opener, closing);
	},
	again: ({ question }) => ask(question),
};

const answered = () => turns.filter(({ answer }) => answer);
const restored = ({ question, answer }) =>
	({ question, answer, state: "done", text: answer.answer, citations: answer.citations });

function show(turn) {
	turn.key = views.length;
	views.push(turnView(turn, act));
	$("turns").append(views.at(-1).node);
}

function drawTurns() {
	views = [];
	$("turns").replaceChildren();
	turns.forEach(show);
}

function drawState() {
	const some = turns.length > 0;
	$("new").hidden = $("save").hidden = !some;
	$("welcome").hidden = some;
	$("send").hidden = Boolean(running);
	$("stop").hidden = !running;
	field.placeholder = t(some ? "followHint" : "questionHint");
	keep("sessionStorage", "talk", JSON.stringify(answered().map(({ question, answer }) => ({ question, answer }))));
}

function take(turn, name, data) {
	if (name === "passages") turn.passages = data.passages;
	if (name === "delta") turn.text += data.text;
	if (name === "citation") turn.citations.push(data);
	if (name === "final") Object.assign(turn, restored({ question: turn.question, answer: data }));
}

async function ask(question) {
	if (running) return;
	const control = (running = new AbortController());
	const history = answered().flatMap((turn) => [
		{ role: "user", content: turn.question }, { role: "assistant", content: turn.answer.answer },
	]).slice(-REMEMBERED);
	const turn = { question, state: "running", text: "", citations: [] };
	turns.push(turn);
	show(turn);
	drawState();
	const { node, update } = views.at(-1);
	node.scrollIntoView();
	say(t("finding"));
	try {
		const request = { question, history, collection: docs.collection(), explain: true };
		for await (const [name, data] of api.ask(request, control.signal)) {
			take(turn, name, data);
			update();
		}
		say(`${turn.text} ${t("done", { n: turn.citations.length })}`);
	} catch (trouble) {
		if (control.signal.aborted) turn.state = "stopped";
		else Object.assign(turn, { state: "failed", trouble });
		update();
		say(node.querySelector(".box p").textContent);
	}
	if (running === control) running = null;
	drawState();
}

function clear() {
	running?.abort();
	running = null;
	turns = [];
	drawTurns();
	closePanel("source");
	drawState();
	field.focus();
}

function save() {
	const link = el("a", { download: "geungeo.md" });
	link.href = URL.createObjectURL(new Blob([markdown(turns)], { type: "text/markdown" }));
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 9999);
}

function drawExamples(list) {
	const known = SEEDS.every((seed) => list.some(({ source }) => source === seed));
	$("examples").replaceChildren(...(known
		? EXAMPLES[language()].map((words) => el("button", { onclick: () => ask(words) }, words))
		: [el("p", {}, t(list.length ? "welcomeHint" : "noDocuments"))]));
}

function drawWords() {
	document.documentElement.lang = language();
	for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
	for (const node of document.querySelectorAll("[data-label]")) {
		node.ariaLabel = node.title = t(node.dataset.label);
	}
	$("language").textContent = otherLanguage() === "ko" ? "한국어" : "English";
	$("language").lang = otherLanguage();
	drawState();
}

function fit() {
	field.style.height = "auto";
	field.style.height = `${field.scrollHeight}px`;
}

onkeydown = (event) => {
	const { key, target, isComposing, keyCode } = event;
	if (isComposing || keyCode === 229 || $("dialog").open) return; // Enter may end a syllable
	if (key === "/" && !target.closest("input, textarea, select") && !event.ctrlKey && !event.metaKey) {
		event.preventDefault();
		field.focus();
	}
	if (key === "Enter" && target === field && !event.shiftKey) {
		event.preventDefault();
		$("ask").requestSubmit();
	}
	if (key !== "Escape" || hideTip()) return;
	if (running && !$("source").contains(target)) running.abort();
	else closeTop();
};

$("ask").onsubmit = (event) => {
	event.preventDefault();
	const question = field.value.trim();
	if (!question || running) return;
	field.value = "";
	fit();
	ask(question);
};
field.oninput = fit;
$("stop").onclick = () => {
	running?.abort();
	field.focus();
};
$("new").onclick = clear;
$("save").onclick = save;
$("language").onclick = () => {
	switchLanguage();
	closePanel("source");
	drawWords();
	drawTurns();
	docs.redraw();
};
$("show-docs").onclick = () => {
	const panel = $("docs");
	if (panel.checkVisibility()) return closePanel("docs");
	openPanel("docs", $("show-docs"));
	if (!panel.checkVisibility()) closePanel("source"); // there is room for one
	$("docs-title").focus();
};
for (const button of document.querySelectorAll(".close")) {
	button.onclick = () => closePanel(button.closest("[id]").id);
}
addEventListener("scroll", hideTip, true);

let turns = JSON.parse(recall("sessionStorage", "talk") ?? "[]").map(restored);
drawWords();
drawTurns();
api.onKeyNeeded((again) => askUser({
	title: t("key"), text: t(again ? "keyWrong" : "keyText"), field: t("keyField"), secret: true, ok: t("ok"),
}));
docs.setUp({
	open: act.open,
	changed: drawExamples,
	dropped: () => openPanel("docs"),
	removed(id, name) {
		if (reading === id) closePanel("source");
		say(t("removed", { name }));
		$("docs-title").focus();
	},
});
if (!isNarrow()) {
	openPanel("docs");
	field.focus();
}
