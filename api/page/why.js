// Why this answer: what each stage made of each passage, how sure it is, how long it took.

import { el } from "./dom.js";
import { t } from "./words.js";

/** The best step of each passage at each stage: where sentences are read, a passage has several. */
function best(trail) {
	const rows = {};
	for (const step of trail) {
		const row = (rows[step.chunk_id] ??= {});
		const before = row[step.stage];
		if (!before || (step.kept - before.kept || before.rank - step.rank) > 0) row[step.stage] = step;
	}
	return rows;
}

function cell(step) {
	if (!step) return el("td", { class: "soft" }, "–");
	return el("td", { class: !step.kept && "soft" }, el("b", {}, t("rank", { n: step.rank })),
		el("small", {}, step.kept ? step.score.toFixed(2) : t("dropped")));
}

/** `open(passage, button)` shows a passage in its document. */
export function whyPanel({ trail, passages, citations, confidence, timings_ms, model }, open) {
	const stages = [...new Set(trail.map((step) => step.stage))];
	const rows = best(trail);
	const body = passages.map((passage) => {
		const cited = citations.find(({ chunk_id }) => chunk_id === passage.chunk_id);
		const words = el("button", { class: "plain", onclick: () => open(passage, words) },
			cited && el("b", { class: "chip" }, `${cited.marker}`), el("span", {}, passage.text.trim()));
		return el("tr", {}, el("th", { scope: "row" }, words),
			stages.map((stage) => cell(rows[passage.chunk_id]?.[stage])));
	});
	const more = Object.keys(rows).length - passages.length;
	return el("div", { class: "why" },
		el("ul", { class: "facts" },
			el("li", {}, t("confidence", { n: Math.round(confidence * 100) })),
			Object.entries(timings_ms).map(([stage, ms]) => el("li", {}, `${t(stage)} ${ms.toFixed(1)} ms`)),
			el("li", {}, `${model.provider} / ${model.name}`)),
		el("p", {}, t("whyText")),
		el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("why") },
			el("table", {},
				el("thead", {}, el("tr", {}, ["passage", ...stages].map((name) =>
					el("th", { scope: "col" }, t(name))))),
				el("tbody", {}, body))),
		more > 0 && el("p", {}, t("whyMore", { n: more })));
}
