"""Irregular English forms and what they are forms of: said -> say, women -> woman.

A stemmer cuts endings and cannot know these. Forms that are as often another word (saw, found,
left, lay, wound) are kept where the verb is the likelier reading in prose.
"""

from __future__ import annotations

_VERBS = """
arise arose arisen; awake awoke awoken; bear bore borne; beat beaten; become became; begin began
begun; bend bent; bind bound; bite bit bitten; bleed bled; blow blew blown; break broke broken;
breed bred; bring brought; build built; burn burnt; buy bought; catch caught; choose chose chosen;
cling clung; come came; creep crept; deal dealt; dig dug; draw drew drawn; dream dreamt; drink
drank drunk; drive drove driven; eat ate eaten; fall fell fallen; feed fed; feel felt; fight
fought; find found; flee fled; fling flung; fly flew flown; forbid forbade forbidden; forget
forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got gotten; give gave given;
go went gone; grind ground; grow grew grown; hang hung; hear heard; hide hid hidden; hold held;
keep kept; kneel knelt; know knew known; lay laid; lead led; lean leant; leap leapt; learn learnt;
leave left; lend lent; lie lain; light lit; lose lost; make made; mean meant; meet met; mistake
mistook mistaken; overcome overcame; overtake overtook overtaken; pay paid; prove proven; ride
rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen; seek sought; sell
sold; send sent; shake shook shaken; shine shone; shoot shot; show shown; shrink shrank shrunk;
sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid; smell smelt; speak spoke spoken;
speed sped; spend spent; spill spilt; spin spun; split; spoil spoilt; spring sprang sprung; stand
stood; steal stole stolen; stick stuck; sting stung; strike struck stricken; string strung; strive
strove striven; swear swore sworn; sweep swept; swell swollen; swim swam swum; swing swung; take
took taken; teach taught; tear tore torn; tell told; think thought; throw threw thrown; undergo
underwent undergone; understand understood; undertake undertook undertaken; wake woke woken; wear
wore worn; weave wove woven; weep wept; win won; wind wound; withdraw withdrew withdrawn;
withstand withstood; write wrote written
"""
_NOUNS = """
man men; woman women; child children; person people; foot feet; tooth teeth; goose geese; mouse
mice; ox oxen; leaf leaves; life lives; wife wives; knife knives; wolf wolves; half halves; shelf
shelves; thief thieves; loaf loaves; calf calves; self selves; criterion criteria; phenomenon
phenomena; bacterium bacteria; datum data; medium media; analysis analyses; crisis crises; basis
bases; hypothesis hypotheses; thesis theses; oasis oases; nucleus nuclei; fungus fungi; stimulus
stimuli; cactus cacti; larva larvae; vertebra vertebrae; index indices; appendix appendices;
matrix matrices
"""
_ADJECTIVES = """
good better best; bad worse worst; far farther farthest further furthest; little less least; old
elder eldest
"""

FORMS: dict[str, str] = {
    form: base
    for group in (_VERBS, _NOUNS, _ADJECTIVES)
    for base, *forms in (entry.split() for entry in group.replace("\n", " ").split(";"))
    for form in forms
}
