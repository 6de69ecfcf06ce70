// One question and its answer on the page, from the first event to the last.

import { el, some } from "./dom.js";
import { giveTip } from "./panels.js";
import { answerPieces } from "./text.js";
import { whyPanel } from "./why.js";
import { has, t, troubleWords } from "./words.js";

/** The first citation of each marker: a quote that is used twice has one. */
export const byMarker = (citations) =>
	citations.filter(({ marker }, i) => citations.findIndex((c) => c.marker === marker) === i);

/** The view of a turn: `{node, update}`. `act`: `open(place, opener, closing)`, `again(turn)`. */
export function turnView(turn, act) {
	const [before, text, after] = ["before", "text", "after"].map((name) => el("div", { class: name }));
	const card = el("div", { class: "card" }, before, text, after);
	const node = el("article", { class: "turn", "aria-labelledby": `q${turn.key}` },
		el("h2", { id: `q${turn.key}` }, turn.question), card);
	let drawn = []; // the pieces that `text` shows

	function light(number, kind, on) {
		for (const part of card.querySelectorAll(`[data-c~="${number}"]`)) part.classList.toggle(kind, on);
	}

	function openCitation(number, opener) {
		const { citations } = turn;
		const citation = citations[number];
		const also = citations.filter(({ document_id }) => document_id === citation.document_id);
		const place = { ...citation, span: citation.source_span, also: also.map((c) => c.source_span) };
		act.open(place, opener, () => light(number, "lit", false));
		light(number, "lit", true);
	}

	const openPassage = (passage, opener) =>
		act.open({ ...passage, cited_text: passage.text }, opener);

	function mark(number) {
		const citation = turn.citations[number];
		const { marker, title, source } = citation;
		const button = el("button", {
			class: "mark",
			"data-c": `${number}`,
			"aria-label": t("mark", { n: `${marker}`, name: title || source }),
			onclick: () => openCitation(number, button),
			onpointerenter: () => light(number, "near", true),
			onpointerleave: () => light(number, "near", false),
		}, `${marker}`);
		giveTip(button, citation);
		return button;
	}

	function piece({ mark: number, text, cites, short, weak, last }) {
		if (number >= 0) return mark(number);
		const kinds = some([cites.length && "said", weak && "weak"]).join(" ");
		const said = el(short ? "strong" : "span", { class: kinds, "data-c": cites.join(" ") }, text);
		return last ? el("span", {}, said, el("span", { class: "flag" }, `${t("weak")}: ${t(weak)}`)) : said;
	}

	/** Pieces that are as before keep their nodes, so that a mark in focus stays so. */
	function drawText(unsupported, short) {
		const wanted = answerPieces(turn.text, turn.citations, unsupported, short);
		const same = wanted.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(drawn[i]));
		const kept = same < 0 ? wanted.length : same;
		while (text.childNodes.length > kept) text.lastChild.remove();
		text.append(...wanted.slice(kept).map(piece));
		drawn = wanted;
	}

	function conflict({ values }) {
		return el("div", { class: "box warm" }, el("h3", {}, t("conflict")),
			el("ul", {}, values.map((value) => {
				const number = turn.citations.findIndex(({ marker }) => marker === value.marker);
				return el("li", {}, el("b", {}, value.text), number >= 0 && mark(number));
			})),
			el("p", { class: "soft" }, t("conflictText")));
	}

	/** A list of places to open: citations, or passages, which have no marker. */
	function places(name, list, quote, open) {
		return el("section", { class: "places" }, el("h3", {}, t(name)), el("ol", {}, list.map((one) => {
			const button = el("button", { onclick: () => open(one, button) },
				one.marker && el("b", { class: "chip" }, `${one.marker}`),
				el("span", { class: "name" }, one.title || one.source),
				one.title && el("small", {}, one.source),
				el("q", {}, one[quote].trim()),
				one.verified === false && el("span", { class: "flag" }, t("unverified")));
			return el("li", {}, button);
		})));
	}

	function why() {
		let panel;
		const toggle = el("button", { class: "plain", "aria-expanded": "false" }, t("why"));
		toggle.onclick = () => {
			if (panel) panel = panel.remove();
			else after.append((panel = whyPanel(turn.answer, openPassage)));
			toggle.setAttribute("aria-expanded", Boolean(panel));
		};
		return toggle;
	}

	function drawAnswer(answer) {
		// Greetings are not refused.
		const refused = answer.status === "abstained" &&
			(answer.passages[0] || answer.reason !== "off_topic");
		const reason = `why_${answer.reason}`;
		card.classList.toggle("refused", !!refused);
		before.replaceChildren(...some([
			answer.standalone_question !== answer.question &&
				el("small", {}, `${t("understood")} ${answer.standalone_question}`),
			answer.notice && el("small", {}, answer.notice),
			refused && el("h3", {}, t("abstained")),
			answer.status === "partial" && el("p", { class: "box warm" },
				t(answer.reason === "interrupted" ? "interrupted" : "partial")),
			answer.short_answer && el("p", { class: "short" }, el("small", {}, t("short")),
				el("strong", {}, answer.short_answer)),
		]));
		drawText(answer.unsupported, answer.short_answer);
		text.lang = answer.language;
		after.replaceChildren(...some([
			refused && has(reason) && el("p", { class: "soft" }, t(reason)),
			...answer.conflicts.map(conflict),
			answer.citations.length && places("sources", byMarker(answer.citations), "cited_text",
				(one, button) => openCitation(answer.citations.indexOf(one), button)),
			refused && answer.passages.length &&
				places("nearest", answer.passages.slice(0, 3), "text", openPassage),
			el("p", { class: "foot" }, why()),
		]));
	}

	function update() {
		const { state, passages, trouble } = turn;
		card.setAttribute("aria-busy", state === "running");
		if (state === "done") return drawAnswer(turn.answer);
		drawText();
		const words = passages ? t("writing", { n: passages.length }) : t("finding");
		before.replaceChildren(...some([state === "running" && !turn.text &&
			el("p", { class: "working soft" }, words)]));
		if (state === "running") return;
		after.replaceChildren(el("div", { class: `box ${state}` },
			el("p", {}, trouble ? troubleWords(trouble) : t("stopped")),
			trouble?.request_id && el("p", { class: "soft" }, t("requestId", { n: trouble.request_id })),
			el("button", { class: "plain", onclick: () => act.again(turn) }, t("again"))));
	}

	update();
	return { node, update };
}
