"""Records of Hanabi games: files, text, and hanab.live, against a hand-checked game and a naive hanab.live."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from games.hanabi import HanabiGame, seven_card, small, standard
from games.hanabi.hanab_live import from_hanab_live, to_hanab_live
from games.hanabi.moves import move_text, parse_move
from games.hanabi.replay import Annotation, GameRecord
from games.hanabi.replay_text import record_text
from games.hanabi.state import HanabiState

# A deck whose first cards are chosen: Alice's hand, Bob's hand, then the cards that are drawn.
OPENING = ["R1", "R1", "R1", "R2", "R2", "Y1", "Y1", "Y1", "W1", "B1", "W2", "G4", "G1", "B5"]
MOVES = ["hint +1 white", "play 3", "play 0", "hint +1 rank 2", "discard 4", "play 4"]


def deck_from(game: HanabiGame, opening: list[str]) -> list[str]:
    """Return ``opening`` followed by the rest of the game's cards in order."""
    cards = [
        f"{'RYGWBP'[c]}{r + 1}" for c in range(game.colours) for r in range(game.ranks) for _ in range(game.copies[r])
    ]
    for card in opening:
        cards.remove(card)
    return opening + cards


def opening_record(**options: Any) -> GameRecord:
    game = standard(2)
    return GameRecord.from_state(HanabiState(game, deck_from(game, OPENING), MOVES), **options)


def play(game: HanabiGame, seed: int, noise: float = 0.05) -> HanabiState:
    """Play a game in which everyone peeks: playable cards first, then hints and discards; some moves are random."""
    chance = random.Random(seed)
    state = HanabiState.from_seed(game, seed)
    while not state.is_terminal:
        legal = state.legal_moves()
        hand, heights = state.hand(state.current_player), state.fireworks
        plays = [
            game.cards_in_hand + i for i, card in enumerate(hand) if heights[card // game.ranks] == card % game.ranks
        ]
        hints = [move for move in legal if move >= 2 * game.cards_in_hand]
        discards = [move for move in legal if move < game.cards_in_hand]
        careful = plays or (hints if chance.random() < 0.6 else discards) or hints or discards or legal
        state.apply(chance.choice(legal if chance.random() < noise else careful))
    return state


class NaiveHanabLive:
    """The rules of hanab.live's server, step by step, over the cards of an exported game."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.deck = [(card["suitIndex"], card["rank"]) for card in data["deck"]]
        self.players = len(data["players"])
        size = 5 if self.players < 4 else 4
        size += data["options"].get("oneExtraCard", False) - data["options"].get("oneLessCard", False)
        self.hands = [list(range(p * size, (p + 1) * size)) for p in range(self.players)]
        self.next_card = self.players * size
        self.stacks = dict.fromkeys((suit for suit, _ in self.deck), 0)
        self.gone: set[int] = set()  # discarded, or in the hand of someone who will not move again
        self.clues, self.strikes, self.turn, self.end_turn, self.over = 8, 0, 0, -1, False

    @property
    def score(self) -> int:
        return 0 if self.strikes == 3 else sum(self.stacks.values())

    def act(self, action: dict[str, int]) -> None:
        assert not self.over, "an action after the end"
        player, drawn = self.turn % self.players, False
        if action["type"] in (0, 1):
            order = action["target"]
            suit, rank = self.deck[order]
            self.hands[player].remove(order)
            if action["type"] == 0 and self.stacks[suit] == rank - 1:
                self.stacks[suit] = rank
                self.clues = min(8, self.clues + (rank == 5))
            elif action["type"] == 0:
                self.strikes += 1
                self.gone.add(order)
            else:
                assert self.clues < 8
                self.clues += 1
                self.gone.add(order)
            if self.next_card < len(self.deck):
                self.hands[player].append(self.next_card)
                self.next_card += 1
                drawn = True
        else:
            target, field = action["target"], action["type"] - 2
            assert target != player
            assert self.clues > 0
            assert any(self.deck[order][field] == action["value"] for order in self.hands[target])
            self.clues -= 1
        if self.end_turn >= 0:
            self.gone.update(self.hands[player])
        elif drawn and self.next_card == len(self.deck):
            self.end_turn = self.turn + self.players + 1
        self.turn += 1
        alive = {card for order, card in enumerate(self.deck) if order not in self.gone}
        stuck = not any((suit, height + 1) in alive for suit, height in self.stacks.items())
        self.over = self.strikes == 3 or self.turn == self.end_turn or stuck


def test_a_game_is_exported_as_checked_by_hand() -> None:
    data = to_hanab_live(opening_record(players=("Ada", "Ben")))
    assert data["players"] == ["Ada", "Ben"]
    assert data["options"] == {"variant": "No Variant"}
    assert data["deck"][:3] == [{"suitIndex": 0, "rank": 1}] * 3
    assert data["deck"][8:10] == [{"suitIndex": 3, "rank": 1}, {"suitIndex": 4, "rank": 1}]
    assert data["actions"] == [
        {"type": 2, "target": 1, "value": 3},  # Ada: white (blue there) to Ben
        {"type": 0, "target": 8, "value": 0},  # Ben plays W1, the ninth card of the deck, and draws the eleventh
        {"type": 0, "target": 0, "value": 0},  # Ada plays R1, the first card, and draws the twelfth
        {"type": 3, "target": 0, "value": 2},  # Ben: twos to Ada
        {"type": 1, "target": 11, "value": 0},  # Ada discards the G4 that she drew
        {"type": 0, "target": 10, "value": 0},  # Ben plays the W2 that he drew
    ]


@pytest.mark.parametrize(
    ("game", "seed"),
    [(standard(players), seed) for players in (2, 3, 4, 5) for seed in range(6)]
    + [(HanabiGame(colours=6), 1), (HanabiGame(colours=3), 2), (HanabiGame(3, colours=4), 3)]
    + [(HanabiGame(hand_size=6), 1), (HanabiGame(players=4, hand_size=3), 2)],
)
def test_exported_games_are_played_by_hanab_live_to_its_end_and_come_back(game: HanabiGame, seed: int) -> None:
    record = GameRecord.from_state(play(game, seed))
    data = json.loads(json.dumps(to_hanab_live(record)))
    site = NaiveHanabLive(data)
    for action in data["actions"]:
        site.act(action)
    assert site.over
    back = from_hanab_live(data)
    assert (back.game.difference(game), back.deck, back.players) == (None, record.deck, record.players)
    assert back.moves == record.moves[: len(back.moves)]
    assert back.score == site.score
    if record.score > 0:  # only a third misplay can change the score after hanab.live has stopped
        assert site.score == record.score


def test_the_export_stops_when_nothing_can_be_scored_any_more() -> None:
    game = standard(2)
    ones = [f"{colour}1" for colour in "RYGWB" for _ in range(3)]
    state = HanabiState(game, deck_from(game, ones))
    while len(state.history) < 40:  # two hints, two discards, and so on: the 15th discard is move 31
        if len(state.history) % 4 < 2:
            partner = 1 - state.current_player
            state.apply(f"hint +1 rank {state.hand(partner)[0] % 5 + 1}")
        else:
            state.apply("discard 0")
    data = to_hanab_live(GameRecord.from_state(state))
    assert len(data["actions"]) == 31
    assert not from_hanab_live(data).is_over


def test_a_game_given_up_on_hanab_live_comes_back_unfinished() -> None:
    data = to_hanab_live(opening_record())
    for ending in ({"type": 4, "target": 0, "value": 4}, {"type": 5, "target": -1, "value": 10}):
        record = from_hanab_live(data | {"actions": [*data["actions"], ending]})
        assert [move_text(standard(2), move) for move in record.moves] == MOVES
        assert move_text(record.game, record.moves[0]) == "hint +1 blue", "the site's name of our white"
        assert not record.is_over
    plain = {key: data[key] for key in ("players", "deck")}
    short = [{key: value for key, value in action.items() if key != "value" or value} for action in data["actions"]]
    assert from_hanab_live(plain | {"actions": short[:2]}).score == 1  # options and zero values may be missing


@pytest.mark.parametrize(
    ("game", "words"),
    [
        (small(), "3 to 6 colours of 5 ranks"),
        (HanabiGame(ranks=4), "3 to 6 colours of 5 ranks"),
        (HanabiGame(information_tokens=7), "8 hints and 3 lives"),
        (HanabiGame(hand_size=7), "deals 4 to 6 cards to each of 2 players, not 7"),
        (seven_card(), "8 hints and 3 lives"),
        (standard(3), "without moves"),
    ],
)
def test_games_that_hanab_live_does_not_have_are_refused(game: HanabiGame, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        to_hanab_live(GameRecord.from_state(HanabiState.from_seed(game, 0)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"players": "Alice"}, "list of names"),
        ({"players": ["a"] * 6}, "players must be 2 to 5"),
        ({"options": {"variant": "Prism (5 Suits)"}}, "variant 'Prism \\(5 Suits\\)' is not played here"),
        ({"options": {"variant": "Black (5 Suits)"}}, "the deck has 50 cards, but this game has 45"),
        (
            {"options": {"variant": "Rainbow (5 Suits)"}, "actions": [{"type": 2, "target": 1, "value": 4}]},
            "action 1 .* there is no colour of number 4: 4 can be hinted",
        ),
        ({"options": {"startingPlayer": 1}}, "'startingPlayer' changes the rules"),
        ({"options": dict.fromkeys(("emptyClues", "deckPlays", "speedrun", "allOrNothing"), True)}, None),
        (
            {"options": {"deckPlays": True}, "actions": [{"type": 0, "target": 49}]},
            "action 1 .*what the option 'deckPlays' allows",
        ),
        ({"options": []}, None),
        ({"options": "x"}, "'options' of a hanab.live game"),
        ({"deck": []}, "the deck has 0 cards"),
        ({"deck": None}, "'deck' of a hanab.live game must be a list"),
        ({"deck": [{"suitIndex": 0, "rank": 6}]}, "no such card"),
        ({"actions": {}}, "'actions' of a hanab.live game must be a list"),
        ({"actions": [{"type": 0, "target": 7}]}, "action 1 .* card 7 of the deck is not in the hand of player 0"),
        ({"actions": [{"type": 1, "target": 0}]}, "action 1 .* not legal"),
        ({"actions": [{"type": 2, "target": 0, "value": 0}]}, "cannot give a hint to player 0"),
        ({"actions": [{"type": 3, "target": 1, "value": 6}]}, "action 1"),
        ({"actions": [{"type": 9, "target": 1}]}, "no such type of action: 9"),
        ({"actions": [{"type": 0}]}, "'target' must be an integer"),
        ({"actions": [7]}, "expected a JSON object"),
    ],
)
def test_a_bad_hanab_live_game_gets_one_clear_sentence(change: dict[str, Any], words: str | None) -> None:
    data = to_hanab_live(opening_record()) | change
    if words is None:
        assert from_hanab_live(data).score == 3
        return
    with pytest.raises(ValueError, match=words) as caught:
        from_hanab_live(data)
    assert "\n" not in str(caught.value)


def test_replaying_gives_the_positions_around_every_move() -> None:
    notes = [Annotation(blueprint_move=i) for i in range(6)]
    record = opening_record(annotations=notes)
    steps = list(record.replay())
    assert [step.turn for step in steps] == list(range(6))
    assert [step.annotation for step in steps] == notes
    assert steps[0].before == HanabiState(record.game, record.deck)
    for step, later in pairwise(steps):
        assert step.after == later.before
        assert step.before != step.after
    assert steps[-1].after == record.final
    assert (record.score, record.is_over) == (3, False)


GOLDEN = """\
Hanabi for 2 players · 5 cards in hand · seed 4, game 2

       Alice   R1 R1 R1 R2 R2
       Bob     Y1 Y1 Y1 W1 B1

 turn  player  move                                  fireworks       hints  lives  deck
    1  Alice   hints white to Bob: Y1 Y1 Y1 [W1] B1  R0 Y0 G0 W0 B0      7      3    40
    2  Bob     plays W1 (card 3), draws W2           R0 Y0 G0 W1 B0      7      3    39
    3  Alice   plays R1 (card 0), draws G4           R1 Y0 G0 W1 B0      7      3    38
    4  Bob     hints 2 to Alice: R1 R1 [R2] [R2] G4  R1 Y0 G0 W1 B0      6      3    38
*   5  Alice   discards G4 (card 4), draws G1        R1 Y0 G0 W1 B0      7      3    37
               blueprint: play 2; values: play 2 21.50, discard 4 21.25, discard 0 21.00
    6  Bob     plays W2 (card 4), draws B5           R1 Y0 G0 W2 B0      7      3    36

Not finished after 6 moves: score 3 so far, at best 25.
* not the blueprint's move: 1 of 6
"""


def test_the_text_of_a_game_is_as_checked_by_hand() -> None:
    game = standard(2)
    thought = Annotation(
        blueprint_move=parse_move(game, "play 2"),
        planner_move=parse_move(game, "discard 4"),
        values={
            parse_move(game, "discard 0"): 21,
            parse_move(game, "play 2"): 21.5,
            parse_move(game, "discard 4"): 21.25,
        },
    )
    record = opening_record(seed=4, number=2, annotations=[None, None, Annotation(5, 5), None, thought, None])
    assert record_text(record) == GOLDEN
    assert record.deviations == (4,)
    assert "values" not in record_text(record, values="none")
    assert "as the blueprint" in record_text(record, values="all")
    with pytest.raises(ValueError, match="'deviations', 'all' or 'none'"):
        record_text(record, values="some")  # type: ignore[arg-type]


def test_the_text_tells_how_a_game_ended() -> None:
    game = standard(2)
    deck = deck_from(game, ["R1", "R3", "R3", "R4", "R4", "Y5", "G5", "W5", "B5", "G4"])
    lost = HanabiState(game, deck, ["play 0", "play 0", "play 0", "play 0"])
    text = record_text(GameRecord.from_state(lost))
    assert "misplays Y5 (card 0)" in text
    assert text.endswith("Score 0 of 25 after 4 moves: the last life is lost (points on the table: 1).\n")
    tiny = HanabiGame(players=2, colours=1, ranks=2, hand_size=1)
    won = HanabiState(tiny, ["R1", "R2", "R1", "R1"], ["play 0", "play 0"])
    text = record_text(GameRecord.from_state(won))
    assert "plays R2 (card 0), completing red" in text
    assert text.endswith("Score 2 of 2 after 2 moves: every firework is complete.\n")


@given(st.integers(2, 5), st.integers(1, 6), st.integers(1, 5), st.integers(1, 3), st.integers(0, 40), st.randoms())
def test_files_bring_back_the_same_record(
    players: int, colours: int, ranks: int, lives: int, length: int, chance: random.Random
) -> None:
    copies = colours * sum(HanabiGame(2, 5, ranks, hand_size=1).copies)
    assume(copies >= players)
    hand = min(4, copies // players)
    game = HanabiGame(players, colours, ranks, hand_size=hand, life_tokens=lives, bomb=chance.choice(["zero", "keep"]))
    state = HanabiState.from_seed(game, chance.randrange(1000), chance.randrange(10))
    notes: list[Annotation | None] = []
    while len(state.history) < length and not state.is_terminal:
        legal = state.legal_moves()
        values = {move: chance.random() * 25 for move in legal if chance.random() < 0.5}
        notes.append(chance.choice([None, Annotation(legal[0], legal[-1], values), Annotation(values=values)]))
        state.apply(chance.choice(legal))
    record = GameRecord.from_state(state, seed=1, number=None, annotations=notes)
    back = GameRecord.from_json(json.loads(json.dumps(record.to_json())))
    assert back == record
    assert back.final == state
    assert record_text(back, "all") == record_text(record, "all")


def test_a_saved_record_is_loaded_and_its_deck_is_that_of_its_seed(tmp_path: Path) -> None:
    state = play(standard(3), 11)
    record = GameRecord.from_seed(state.game, 11, 0, state.history, players=("Ann", "Bo", "Cy"))
    assert record.final == state
    record.save(tmp_path / "game.json")
    assert GameRecord.load(tmp_path / "game.json") == record
    assert [path.name for path in tmp_path.iterdir()] == ["game.json"]


def test_values_that_are_not_estimates_are_left_out() -> None:
    note = Annotation(0, 0, {0: 20.0, 1: float("nan"), 2: float("-inf")})
    assert note.values == {0: 20.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "pgn"}, "not a replay"),
        ({"version": 9}, "version 9; this program reads version 1"),
        ({"game": 5}, "must be a JSON object"),
        ({"game": {"players": 7}}, "players must be 2 to 5"),
        ({"deck": ["R1"]}, "the deck has 1 cards, but this game has 50"),
        ({"deck": "R1"}, "'deck' entry of a replay must be a list"),
        ({"moves": ["discard 0"]}, "move 1 of the game: .* not legal"),
        ({"moves": ["jump"]}, "not a move: 'jump'"),
        ({"moves": [True]}, "'moves' entry of a replay must be a list, each item text or number"),
        ({"players": ["Ada"]}, "names 1 players, but the game has 2"),
        ({"annotations": [None]}, "1 annotations for 6 moves"),
        ({"annotations": [{"values": {"play 0": "much"}}] + [None] * 5}, "from moves in words to numbers"),
        ({"annotations": [{"blueprint_move": 3}] + [None] * 5}, "must be a move in words, not 3"),
        ({"seed": "x"}, "'seed' entry of a replay must be an integer or null"),
        ({"score": 25}, "claims a score of 25, but its moves score 3"),
    ],
)
def test_a_bad_record_gets_one_clear_sentence(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    path.write_text(json.dumps(opening_record().to_json() | change), encoding="utf-8")
    with pytest.raises(ValueError, match=words) as caught:
        GameRecord.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_not_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.json: cannot be read: No such file"):
        GameRecord.load(tmp_path / "none.json")
    (tmp_path / "torn.json").write_text('{"format": ', encoding="utf-8")
    with pytest.raises(ValueError, match=r"torn\.json: Expecting value"):
        GameRecord.load(tmp_path / "torn.json")


def test_an_annotation_names_moves_of_the_game() -> None:
    with pytest.raises(ValueError, match="move must be 0 to 19, not 20"):
        opening_record(annotations=[Annotation(values={20: 1.0}), *[None] * 5])
