"""What is wrong on the command lines of the agents, and what the sentence says: ``line | sentence``."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "tournament --game hanabi --agents": r"""
cfr | cfr plays OpenSpiel's games only, not hanabi: there are information, smart, simple, piers, iggi, random,
smart smart | two agents are called 'smart': write name=smart to give one another name
cheating | there is no agent called 'cheating': there are information, smart, simple, piers, iggi, random,
mds(seconds=0) | the option seconds of mds must be positive and at most 3600, not 0.0
mds(seconds=1,rollouts=9) | the option seconds of mds is a budget in place of rollouts: give one of the two
mds(rollouts=0) | the option rollouts of mds must be at least 1, not 0
mds(eta=0) | the option eta of mds must be positive and finite, not 0.0
mds(eta=nan) | the option eta of mds must be positive and finite, not nan
mds(threshold=1) | the option threshold of mds has no effect here: it is read by sparta only
sparta(eta=1) | the option eta of sparta has no effect here: it is read by mds and mmds only
sparta(threshold=-1) | the option threshold of sparta must be at least 0, not -1.0
mds(allocation=even,reinvest=2) | the option reinvest of mds has no effect here: it is read by racing only
mds(reinvest=0) | the option reinvest of mds must be at least 1, not 0.0
mds(caution=-1) | the option caution of mds must be at least 0, not -1.0
mds(caution=nan) | the option caution of mds must be at least 0, not nan
mds(softening=1) | the option softening of mds must be at least 0 and below 1, not 1.0
mds(softening=-0.1) | the option softening of mds must be at least 0 and below 1, not -0.1
mds(softening=nan) | the option softening of mds must be at least 0 and below 1, not nan
mds(particles=1) | the option particles of mds must be at least 20, not 1
mds(exact_limit=-1) | the option exact_limit of mds must be at least 0, not -1
mds(blueprint=smart,plies=3) | the option plies of mds needs a blueprint that is a network: rollouts end in its
mds(blueprint=nothing) | there is no blueprint called 'nothing': did you mean 'cheating'?
mds(blueprint=nowhere.safetensors) | there is no weights file nowhere.safetensors
mds(seats=two) | the option seats of mds must be all or one, not two
mds(partners=odd) | the option partners of mds must be uniform or fitted, not odd
mds(partners=fitted,blueprint=smart) | the option partners of mds fitted is known for the usual game with neural
mds(belief=odd) | the option belief of mds must be exact, learned or learned-proposal, not odd
mds(belief_weights=x) | the option belief_weights of mds needs a learned belief: learned or learned-proposal
mds(belief=learned,softening=0.1) | the option softening of mds has no effect here: a learned belief weighs
mds(belief=learned,blueprint=smart,belief_weights=nowhere.safetensors) | there is no file nowhere.safetensors
mds(device=tpu) | the option device of mds must be cpu or cuda, not tpu
mds(search=sparta) | mds has no option 'search': did you mean 'seats'?
mds(blueprint=mds(blueprint=smart)) | there is no blueprint called 'mds(blueprint=smart)': choose one of
neural:x | neural needs a weights file, as in neural:mine.safetensors, not 'x'
nowhere.safetensors | there is no weights file nowhere.safetensors
folder.safetensors | there is no weights file folder.safetensors
trap.safetensors | trap.safetensors is not a safetensors file: Error while deserializing header: header too
torch.safetensors | torch.safetensors is not a safetensors file: Error while deserializing header: header too
long.safetensors | long.safetensors is not a safetensors file: Error while deserializing header: header too
deep.safetensors | deep.safetensors is not a safetensors file: Error while deserializing header: invalid JSON
json.safetensors | json.safetensors is not a safetensors file: Error while deserializing header: invalid JSON
none.safetensors | none.safetensors does not hold a network of this project ('tamaya hanabi network 1')
outside.safetensors | outside.safetensors is not a safetensors file: Error while deserializing header: invalid
short.safetensors | short.safetensors is not a safetensors file: Error while deserializing header: header too
empty.safetensors | empty.safetensors is not a safetensors file: Error while deserializing header: header too
smart --control-variate uniform | control variates are for OpenSpiel's games, not for Hanabi
smart simple --decide 0.95 | --decide says who of two opponents is better: it needs a game for two that compete
smart simple piers --swiss 2 | --swiss pairs opponents: it needs a game for two that compete
smart --tables 0 | --tables must be at least 1, not 0
mds(rollouts=1e30) | the option rollouts of mds must be at most 10000000
""",
    "tournament --game kuhn_poker --agents uniform b=uniform": r"""
--tables 5 | --tables has no effect on a game of opponents: it samples teams of Hanabi: leave it out
--games 0 | --games must be at least 1, not 0
--games -1 | --games must be at least 1, not -1
--games 1e3 | --games must be a whole number, not '1e3'
--games 99999999999999999999999 | --games must be at most 9223372036854775807, not 99999999999999999999999
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999999999999999 | --seed must be at most 9223372036854775807, not 99999999999999999999999
--workers 0 | --workers must be at least 1, not 0
--workers -1 | --workers must be at least 1, not -1
--workers 1000000 | --workers must be at most 4096, not 1000000
--decide 0.4 | --decide must be a confidence from 0.5 up to but not 1, such as 0.95, not 0.4
--decide 1 | --decide must be a confidence from 0.5 up to but not 1, such as 0.95, not 1.0
--decide nan | --decide must be a confidence from 0.5 up to but not 1, such as 0.95, not nan
--decide inf | --decide must be a confidence from 0.5 up to but not 1, such as 0.95, not inf
--move-time 0 | --move-time must be a positive number of seconds, not 0.0
--move-time -1 | --move-time must be a positive number of seconds, not -1.0
--move-time nan | --move-time must be a positive number of seconds, not nan
--move-time inf | --move-time must be a positive number of seconds, not inf
--swiss 1 | --swiss needs at least 3 agents, not 2
c=uniform --swiss 0 | --swiss must be at least 1, not 0
c=uniform --swiss 2 --gauntlet | --swiss chooses the matches itself: leave out --gauntlet, or --swiss
c=uniform --swiss 2 --decide 0.9 | --swiss chooses the matches itself: leave out --decide, or --swiss
--control-variate nothing | there is no agent called 'nothing': there are uniform, policy, bot, ismcts, mcts,
--control-variate ismcts | a control variate needs a fixed policy, such as uniform or cfr, which 'ismcts' is not
--control-variate "" | the value of --control-variate is empty: write one, or leave it out
--cluster x:1 | --cluster needs --backend dask or --backend ray
--backend local --cluster "" | the value of --cluster is empty: write one, or leave it out
--output "" | the value of --output is empty: write one, or leave it out
--output pay.csv | --output must be a folder, and pay.csv is a file
--output pay.csv/x | cannot write to pay.csv/x: Not a directory
--output /proc/x | cannot write to /proc/x: No such file or directory
--output loop | --output must be a folder, and loop is a link to nothing
--nothing | there is no option --nothing: --help lists them
--isolated | there is no option --isolated: did you mean --isolate?
""",
    "tournament --game kuhn_poker --agents uniform": r"""
 | a tournament needs at least two agents
uniform | two agents are called 'uniform': write name=uniform to give one another name
b= | 'b=' names no agent
=uniform | '=uniform' should begin with a name of letters, digits, '-' and '_', not '=uniform'
nobody | there is no agent called 'nobody': there are uniform, policy, bot, ismcts, mcts, mmds, mds,
unifrom | there is no agent called 'unifrom': did you mean 'uniform'?
human | a person cannot play a tournament: use python -m agents.play
smart | smart plays Hanabi only, not kuhn_poker: there are uniform, policy, bot, ismcts, mcts, mmds, mds,
uniform(x=1) | uniform has no option 'x': it takes none
uniform( | 'uniform(' lacks a closing parenthesis
uniform) | 'uniform)' has a closing parenthesis without an opening one
cfr()() | 'cfr()()' has a closing parenthesis without an opening one
cfr(iterations) | the options of 'cfr' are written name=value, not 'iterations'
cfr(iterations=) | the options of 'cfr' are written name=value, not 'iterations='
cfr(=1) | the options of 'cfr' are written name=value, not '=1'
cfr(iterations=1,iterations=2) | 'cfr(iterations=1,iterations=2)' gives iterations twice
cfr(iterations=many) | the option iterations of cfr must be a whole number, not many
cfr(iterations=0) | the option iterations of cfr must be at least 1, not 0
cfr(iterations=-1) | the option iterations of cfr must be at least 1, not -1
cfr(iterations=1.5) | the option iterations of cfr must be a whole number, not 1.5
cfr(iterations=nan) | the option iterations of cfr must be a whole number, not nan
cfr(iterations=inf) | the option iterations of cfr must be a whole number, not inf
cfr(iterations=true) | the option iterations of cfr must be a whole number, not true
cfr(iterations='5') | the option iterations of cfr must be a whole number, not 5
cfr(iterations='5) | "cfr(iterations='5)" lacks a closing quote
cfr(alpha=0.1) | cfr has no alpha: leave it out
mmd(alpha=-1) | a constant schedule needs a finite value of at least 0, not -1.0
mmd(alpha=nan) | a constant schedule needs a finite value of at least 0, not nan
lp(alpha=1) | lp is exact: it has neither iterations nor alpha
cfr:x | cfr takes nothing after a colon, so 'x' has no meaning
policy | policy needs a file, as in policy:solution/policy.npz
policy:nowhere.npz | there is no file nowhere.npz
policy:folder | there is no file folder
policy:trap.npz | trap.npz is not a policy: it is not a NumPy archive (.npz), or is cut short
policy:pol_other.npz | pol_other.npz is not a policy of kuhn_poker for all its players
policy:pol_neg.npz | the probabilities of the information state '0' must be at least 0 and sum to 1
policy:weights.pth | weights.pth is not a policy: it holds 'archive/data.pkl', which does not belong there:
policy:loop.npz | there is no file loop.npz
bot | OpenSpiel has no bot '' for kuhn_poker: there are fixed_action_preference, uniform_random,
bot:nobody | OpenSpiel has no bot 'nobody' for kuhn_poker: there are fixed_action_preference, uniform_random,
ismcts(simulations=0) | the option simulations of ismcts must be at least 1, not 0
ismcts(simulations=-4) | the option simulations of ismcts must be at least 1, not -4
ismcts(rollouts=0) | the option rollouts of ismcts must be at least 1, not 0
ismcts(simulations=99999999999999999999) | at most 2147483647
ismcts(repeats=maybe) | the option repeats of ismcts must be true or false, not maybe
mcts | mcts is for games of perfect information, which kuhn_poker is not: use ismcts
mmds(rollouts=0) | rollouts must be at least 1, or None for exact values, not 0
mmds(rollouts=-1) | rollouts must be at least 1, or None for exact values, not -1
mmds(rollouts=nan) | the option rollouts of mmds must be a whole number, not nan
mmds(eta=0) | eta must be positive and finite, not 0.0
mmds(eta=-1) | eta must be positive and finite, not -1.0
mmds(eta=nan) | eta must be positive and finite, not nan
mmds(eta=inf) | eta must be positive and finite, not inf
mmds(alpha=-1) | alpha must be finite and not negative, not -1.0
mmds(alpha=nan) | alpha must be finite and not negative, not nan
mds(alpha=1) | the option alpha of mds has no effect here: it is read by mmds only
monte-carlo(eta=1) | the option eta of monte-carlo has no effect here: it is read by mds and mmds only
mds(blueprint=smart) | smart plays Hanabi only, not kuhn_poker: there are uniform, policy, bot, ismcts, mcts,
mds(blueprint=nothing) | there is no agent called 'nothing': there are uniform, policy, bot, ismcts, mcts,
mds(blueprint=) | the options of 'mds' are written name=value, not 'blueprint='
mds(allocation=odd) | the option allocation of mds must be racing or even, not odd
mds(particles=0) | particles and attempts must be at least 1
mds(colour=red) | mds has no option 'colour': did you mean 'rollouts'?
nowhere:Agent | there is no agent and no module called 'nowhere' (modules of this folder are found, too)
os:system | os:system is not an agent: it needs a method act(view) (see agents/agent.py)
os.path:join | os.path:join is not an agent: it needs a method act(view) (see agents/agent.py)
.:x | . cannot be imported: TypeError: the 'package' argument is required to perform a relative import for '.'
..x:y | ..x cannot be imported: TypeError: the 'package' argument is required to perform a relative import for
nowhere.safetensors | neural plays Hanabi only, not kuhn_poker: there are uniform, policy, bot, ismcts, mcts,
--gauntlet | a tournament needs at least two agents
tests.bad_input.custom_agents:Nothing | the module tests.bad_input.custom_agents has no 'Nothing'
tests.bad_input.custom_agents:Empty | is not an agent: it needs a method act(view)
tests.bad_input.custom_agents:Needs | cannot be made: TypeError
tests.bad_input.custom_agents:Raises | cannot be made: RuntimeError: two lines
tests.bad_input.custom_agents:Leaves | ended the process that loads it: exit code 3
tests.bad_input.custom_agents:number | is not an agent
tests.bad_input.custom_agents:number(x=1) | is not a class or a function, so it takes no options
tests.bad_input.custom_agents:Acts(x=1) | has no option 'x'
tests.bad_input.refuses_import:Agent | cannot be imported: SystemError: no
policy:policy_object.npz | not one of numbers or text
policy:bomb_policy.npz | holds 16.0 GiB, more than the limit of 8 GiB
lp(iterations=5) | lp is exact: it has neither iterations nor alpha
ismcts(uct=nan) | uct of ismcts must be finite and at least 0, not nan
ismcts(uct=-1) | uct of ismcts must be finite and at least 0, not -1
""",
    "tournament --game": r"""
hanabi(players=2,colors=2,ranks=2) --agents smart | 8 cards are too few to deal 10: use a smaller hand_size
kuhn_poker | say who plays, as in --agents uniform cfr
"" --agents uniform | the value of --game is empty: write one, or leave it out
kuhn_poker --agents "" | the value of --agents is empty: write one, or leave it out
kuhn_poker --agents a=uniform a=uniform | two agents are called 'a': write name=a=uniform to give one another
tic_tac_toe --agents uniform ismcts | ismcts is for games of imperfect information, which tic_tac_toe is not:
tic_tac_toe --agents uniform mcts(solve=3) | the option solve of mcts must be true or false, not 3
no_such_game --agents uniform b=uniform | OpenSpiel has no game 'no_such_game': did you mean
python_kuhn_poker( --agents uniform b=uniform | OpenSpiel cannot load python_kuhn_poker(: Missing closing
kuhn_poker(players=99) --agents uniform b=uniform | OpenSpiel cannot load kuhn_poker(players=99): num_players_
nowhere.efg --agents uniform b=uniform | there is no file nowhere.efg
driver.efg --agents uniform b=uniform | driver.efg is for one player: a table needs two
trap.efg --agents uniform b=uniform | trap.efg is not a text file in UTF-8
solitaire --agents uniform b=uniform | solitaire() is for one player: a table needs two
mfg_crowd_modelling --agents uniform b=uniform | mfg_crowd_modelling() is a mean-field game, which has no seats
hanabi(players=9) --agents smart | players must be 2 to 5, not 9
hanabi(players=1) --agents smart | players must be 2 to 5, not 1
hanabi(life_tokens=100000) --agents smart | life_tokens must be 1 to 100, not 100000
hanabi(life_tokens=0) --agents smart | life_tokens must be 1 to 100, not 0
hanabi(information_tokens=-1) --agents smart | information_tokens must be 0 to 100, not -1
hanabi(hand_size=20) --agents smart | hand_size must be 1 to 8, not 20
hanabi(colours=0) --agents smart | colours must be at least 1, not 0
hanabi(colours=99,ranks=99) --agents smart | colours * ranks must be at most 63, not 9801
hanabi(players=two) --agents smart | the option players of hanabi must be a whole number, not two
hanabi(players=2.5) --agents smart | the option players of hanabi must be a whole number, not 2.5
hanabi(variant=odd) --agents smart | there is no variant 'odd' of Hanabi: there are standard, small, seven-card,
hanabi(variant=rainbow,colours=4) --agents smart | the rainbow variant of Hanabi fixes colours
hanabi(variant=rainbow) --agents information piers | the information blueprint takes a hint to touch one colour or one
hanabi(variant=small,ranks=3) --agents smart | the small variant of Hanabi fixes ranks
hanabi(variant=seven-card,players=3) --agents smart | the seven-card variant is for 2 players, not 3
hanabi(bomb=big) --agents smart | bomb must be zero or keep, not 'big'
hanabi(players=2,players=3) --agents smart | 'hanabi(players=2,players=3)' gives players twice
hanabi(nothing=1) --agents smart | hanabi has no option 'nothing': there are players, variant, colours, ranks,
hanabi( --agents smart | 'hanabi(' lacks a closing parenthesis
hanabi:x --agents smart | OpenSpiel has no game 'hanabi:x': did you mean hanabi?
x=hanabi --agents smart | OpenSpiel has no game 'x=hanabi': did you mean hanabi?
kuhn_poker(players=3) --agents uniform b=uniform --decide 0.9 | --decide says who of two opponents is better:
tic_tac_toe --agents uniform mcts(uct=inf) | uct of mcts must be finite and at least 0, not inf
""",
    "tournament": r"""
 | say what is played, as in --game leduc_poker
--agents uniform | say what is played, as in --game leduc_poker
""",
    "play --game kuhn_poker --against uniform": r"""
--seat 2 | --seat must be 0 to 1, not 2
--seat -1 | --seat must be 0 to 1, not -1
b=uniform | kuhn_poker has 1 other seats: --against names 1 or all of them
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999999999999999 | --seed must be at most 9223372036854775807, not 99999999999999999999999
--hints uniform(x=1) | uniform has no option 'x': it takes none
--hints nobody | there is no agent called 'nobody': there are uniform, policy, bot, ismcts, mcts, mmds, mds,
--hints "" | the value of --hints is empty: write one, or leave it out
--output pay.csv | --output must be a folder, and pay.csv is a file
--output pay.csv/x | cannot write to pay.csv/x: Not a directory
--output /proc/x | cannot write to /proc/x: No such file or directory
--output "" | the value of --output is empty: write one, or leave it out
""",
    "play": r"""
 | say what is played, as in --game leduc_poker
--game kuhn_poker | say who else plays, as in --against cfr
--game nothing --against uniform | OpenSpiel has no game 'nothing' (pyspiel.registered_names() lists what there
--game kuhn_poker --against nobody | there is no agent called 'nobody': there are uniform, policy, bot, ismcts,
--game kuhn_poker --against "" | the value of --against is empty: write one, or leave it out
--game "" --against uniform | the value of --game is empty: write one, or leave it out
--game hanabi(players=9) --against smart | players must be 2 to 5, not 9
--game pennies.efg --against uniform --output pay.csv | --output must be a folder, and pay.csv is a file
""",
    "hanabi-search": r"""
--players 1 | players must be 2 to 5, not 1
--players 6 | players must be 2 to 5, not 6
--players 2.5 | --players must be a whole number, not '2.5'
--players nan | --players must be a whole number, not 'nan'
--games 0 | --games must be at least 1, not 0
--games -1 | --games must be at least 1, not -1
--games 99999999999999999999 | --games must be at most 9223372036854775807, not 99999999999999999999
--first-game -1 | --first-game must be at least 0, not -1
--first-game 9223372036854775807 --games 5 | the numbers of games must not be larger than 9223372036854775807
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999999999999 | --seed must be at most 9223372036854775807, not 99999999999999999999
--workers 0 | --workers must be at least 1, not 0
--workers -2 | --workers must be at least 1, not -2
--workers 1000000 | --workers must be at most 4096, not 1000000
--blueprint "" | the value of --blueprint is empty: write one, or leave it out
--blueprint nothing | there is no blueprint called 'nothing': did you mean 'cheating'?
--blueprint smrt | there is no blueprint called 'smrt': did you mean 'smart'?
--blueprint nowhere.safetensors | there is no weights file nowhere.safetensors
--blueprint trap.safetensors | trap.safetensors is not a safetensors file: Error while deserializing header:
--blueprint torch.safetensors | torch.safetensors is not a safetensors file: Error while deserializing header:
--blueprint long.safetensors | long.safetensors is not a safetensors file: Error while deserializing header:
--blueprint deep.safetensors | deep.safetensors is not a safetensors file: Error while deserializing header:
--variant small --blueprint agents.own.jaxmarl:Network(weights=nowhere.safetensors) | cannot be made: ValueError: there
--variant small --blueprint agents.own.jaxmarl:Network(weights=none.safetensors) | it lacks 'params,Dense_0,kernel'
--blueprint none.safetensors | none.safetensors does not hold a network of this project ('tamaya hanabi network
--blueprint weights.pth | there is no blueprint called 'weights.pth': choose one of information, smart, simple,
--blueprint neural --variant small | the network plays Hanabi with colours = 5, not 2
--blueprint cheating --games 1 | the cheating blueprint sees its own cards, so it cannot sit at a table: choose
--search nothing | --search must be one of mds, sparta, monte-carlo, none, not 'nothing'
--search "" | the value of --search is empty: write one, or leave it out
--search none --eta 3 | --eta has no effect here: it is read by mds and mmds only
--search none --seats one | --seats has no effect here: nothing is searched
--search none --caution 1 | --caution has no effect here: nothing is searched
--search none --softening 0.1 | --softening has no effect here: nothing is searched
--search none --exact-limit 10 | --exact-limit has no effect here: nothing is searched
--search none --belief learned | --belief has no effect here: nothing is searched
--search none --plies 3 | --plies has no effect here: nothing is searched
--search none --allocation even | --allocation has no effect here: nothing is searched
--search none --reinvest 2 | --reinvest has no effect here: nothing is searched
--search sparta --eta 1 | --eta has no effect here: it is read by mds and mmds only
--search monte-carlo --eta 1 | --eta has no effect here: it is read by mds and mmds only
--search mds --threshold 1 | --threshold has no effect here: it is read by sparta only
--search sparta --threshold nan | --threshold must be at least 0, not nan
--rollouts 0 | --rollouts must be at least 1, not 0
--rollouts -1 | --rollouts must be at least 1, not -1
--rollouts 99999999999999999999 | --rollouts must be at most 10000000, not 99999999999999999999
--rollouts 1e3 | --rollouts must be a whole number, not '1e3'
--eta 0 | --eta must be positive and finite, not 0.0
--eta -1 | --eta must be positive and finite, not -1.0
--eta nan | --eta must be positive and finite, not nan
--eta inf | --eta must be positive and finite, not inf
--eta steep | --eta must be a number, not 'steep'
--caution -1 | --caution must be at least 0, not -1.0
--caution nan | --caution must be at least 0, not nan
--caution inf | --caution must be at least 0, not inf
--softening 1 | --softening must be at least 0 and below 1, not 1.0
--softening -1 | --softening must be at least 0 and below 1, not -1.0
--softening nan | --softening must be at least 0 and below 1, not nan
--particles 0 | --particles must be at least 20, not 0
--particles 99999999999999999999 | --particles must be at most 10000000, not 99999999999999999999
--exact-limit -1 | --exact-limit must be at least 0, not -1
--exact-limit 99999999999999999999 | --exact-limit must be at most 10000000, not 99999999999999999999
--allocation odd | --allocation must be one of even, racing, not 'odd'
--allocation even --reinvest 2 | --reinvest has no effect here: it is read by racing only
--reinvest 0 | --reinvest must be at least 1, not 0.0
--reinvest nan | --reinvest must be at least 1, not nan
--reinvest inf | --reinvest must be at least 1, not inf
--plies -1 | --plies must be at least 0, not -1
--plies 3 --blueprint smart | --plies needs a blueprint that is a network: rollouts end in its value
--belief odd | --belief must be one of exact, learned, learned-proposal, not 'odd'
--belief-weights x.safetensors | --belief-weights needs a learned belief: learned or learned-proposal
--belief learned --belief-weights nowhere.safetensors | there is no file nowhere.safetensors
--belief learned --belief-weights "" | the value of --belief-weights is empty: write one, or leave it out
--belief learned --belief-weights trap.safetensors | trap.safetensors is not a safetensors file: Error while
--belief learned --belief-weights none.safetensors | none.safetensors is not a learned belief of Hanabi
--belief learned --partners uniform | --partners has no effect here: a learned belief weighs nothing
--partners fitted --seats one | --partners fitted is a model of partners who search: it needs seats all
--partners fitted --players 3 --seats all | --partners fitted is known for the usual game with neural at 2 players only
--belief learned --softening 0.1 | --softening has no effect here: a learned belief weighs nothing
--belief learned --exact-limit 3 | --exact-limit has no effect here: a learned belief weighs nothing
--device cuda --blueprint smart | the blueprint smart is compiled for the CPU: --device cuda is for torch
--device tpu | --device must be one of cpu, cuda, not 'tpu'
--together 0 | --together must be at least 1, not 0
--together 4 --blueprint smart | --together 4 needs a blueprint that is a torch network: the rollouts of smart
--together -1 | --together must be at least 1, not -1
--cluster x | --cluster needs --backend dask or --backend ray
--backend spark | --backend must be one of local, dask, ray, not 'spark'
--variant large | --variant must be one of standard, small, seven-card, six-suits, rainbow, black, pink, white, brown,
--variant rainbow --blueprint smart | the smart blueprint takes a hint to touch one colour or one rank, which it does
--variant white --blueprint neural | the network plays Hanabi with suits = red, yellow, green, white, blue, not red,
--variant seven-card --players 3 | the seven-card variant is for 2 players, not 3
--bomb big | --bomb must be one of zero, keep, not 'big'
--replays some | --replays must be one of best, worst, all, none, not 'some'
--show --output x | --show tells one game and writes nothing: leave out --output, or --show
--show --games 5 --blueprint smart --search none | --games has no effect on --show, which tells one game: leave
--seconds 0 | --seconds must be positive and at most 3600, not 0.0
--seconds nan | --seconds must be positive and at most 3600, not nan
--seconds 1 --rollouts 9 | --seconds is a budget in place of rollouts: give one of the two
--seconds 1 --reinvest 2 | --reinvest has no effect here: until the seconds are over, all goes to what remains
--seconds 1 --search none | --seconds has no effect here: nothing is searched
--verify --games 1 | --verify has no effect without --output DIR: add the folder, or leave it out
--verify --output new --blueprint smart --games 1 | new holds no games yet: --verify plays finished ones again
--verify --output new --replays all | --replays has no effect on --verify, which writes nothing: leave it out
--verify --show --games 1 | --games has no effect on --show, which tells one game: leave it out
--show --replays all --blueprint smart --search none | --replays has no effect on --show, which tells one game:
--replays all --blueprint smart --search none --games 1 | --replays has no effect without --output DIR: add the
--output "" --blueprint smart --search none --games 1 | the value of --output is empty: write one, or leave it
--output pay.csv --blueprint smart --search none --games 1 | --output must be a folder, and pay.csv is a file
--output pay.csv/x --blueprint smart --search none --games 1 | cannot write to pay.csv/x: Not a directory
--output /proc/x --blueprint smart --search none --games 1 | cannot write to /proc/x: No such file or directory
--output loop --blueprint smart --search none --games 1 | --output must be a folder, and loop is a link to
surplus | 'surplus' is not an option: options begin with --, and --help lists them
""",
    "agent-exploitability": r"""
kuhn_poker nobody | there is no agent called 'nobody'
kuhn_poker "" | an argument is empty: write one, or leave it out
no_such_game uniform | OpenSpiel has no game 'no_such_game'
hanabi(players=2) random | hanabi(players=2) is played together: there is nobody to be exploited
kuhn_poker policy:nowhere.npz | there is no file nowhere.npz
kuhn_poker uniform --games 1 | --games must be at least 2, not 1
kuhn_poker uniform --simulations 0 | --simulations must be at least 1, not 0
kuhn_poker uniform --draws 0 | --draws must be at least 1, not 0
kuhn_poker uniform --workers 0 | --workers must be at least 1, not 0
kuhn_poker uniform --seed -1 | --seed must be at least 0, not -1
kuhn_poker uniform --json folder | --json
""",
}

PROCESSES: dict[str, str] = {  # a module of the folder that ends the process
    "tournament --game": r"""
kuhn_poker --agents uniform leaves:Agent | leaves
""",
}
