// A talk as Markdown, each answer with its sources. Texts stay texts: Markdown and HTML in them
// is escaped.

import { byMarker } from "./answer.js";
import { t } from "./words.js";

const plain = (text) => text
	.replace(/[\\`*_<]/g, "\\$&")
	.replace(/\](?=[(:[])/g, "\\]")
	.replace(/^(\s*)([#>+~=|-]|\d+(?=[.)]))/gm, "$1\\$2");

const line = (text) => plain(text.replace(/\s+/g, " ").trim());

function told({ question, answer }) {
	const { status, conflicts, unsupported, citations } = answer;
	const sentence = ({ start, end }) => line([...answer.answer].slice(start, end).join(""));
	const values = (all) => all.map(({ text, marker }) => `${line(text)} [${marker}]`).join(", ");
	return [
		`## ${line(question)}`,
		plain(answer.answer),
		...(status === "answered" ? [] : [`*${t(status)}*`]),
		...conflicts.map((one) => `*${t("conflict")}:* ${values(one.values)}`),
		...unsupported.map((one) => `*${t("weak")}:* ${sentence(one)}`),
		...byMarker(citations).map(({ marker, title, source, source_span, cited_text }) =>
			`[${marker}] ${line(title)} — ${line(source)} (${source_span.start}–${source_span.end})\n\n` +
			`> ${line(cited_text)}`),
	];
}

/** The Markdown of the answered turns. */
export const markdown = (turns) =>
	["# 근거 Geungeo", ...turns.filter(({ answer }) => answer).flatMap(told)].join("\n\n") + "\n";
