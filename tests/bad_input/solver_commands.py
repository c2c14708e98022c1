"""What is wrong on the command lines of the solvers, and what the sentence says: ``line | sentence``.

Those of ``solvers.preference`` are in ``preference_commands``.
"""

from __future__ import annotations

TABLES: dict[str, str] = {
    "matrix pay.csv --algorithm mmd --beta 0.1": r"""
--average --last | --average and --last exclude each other
--step-size 0 | --step-size: it must be above 0
--step-size -1 | --step-size: a constant schedule needs a finite value of at least 0, not -1.0
--step-size nan | --step-size: a constant schedule needs a finite value of at least 0, not nan
--step-size inf | --step-size: a constant schedule needs a finite value of at least 0, not inf
--step-size "" | the value of --step-size is empty: write one, or leave it out
--step-size 1/u | --step-size: '1/u' is not a schedule: write a number, or NUMBER/sqrt(t), NUMBER/t or
--step-size __import__('os') | --step-size: "__import__('os')" is not a schedule: write a number, or
--temperature 1 | mmd-constant has no temperature of its own: give beta
--parameters x=1 | mmd-constant has no parameter 'x': its parameters are none
--parameters x | --parameters are written NAME=NUMBER,NAME=NUMBER, not 'x'
--parameters "" | the value of --parameters is empty: write one, or leave it out
--parameters = | --parameters are written NAME=NUMBER,NAME=NUMBER, not '='
--state trap.npz | trap.npz is not the state of a run that can go on: delete it, or choose another --output
--state other.npz | other.npz is not the state of a run that can go on: delete it, or choose another --output
--state object.npz | object.npz is not the state of a run that can go on: delete it, or choose another --output
""",
    "matrix pay.csv": r"""
--workers 0 | --workers must be at least 1, not 0
--workers -1 | --workers must be at least 1, not -1
--workers 1000000 | --workers must be at most 4096, not 1000000
--workers 1e3 | --workers must be a whole number, not '1e3'
--iterations -1 | --iterations must be at least 0, not -1
--iterations 1.5 | --iterations must be a whole number, not '1.5'
--iterations 99999999999999999999999999 | --iterations must be at most 9223372036854775807, not
--tolerance -1 | --tolerance must be at least 0, not -1.0
--tolerance nan | --tolerance must be at least 0, not nan
--tolerance inf | --tolerance must be at least 0, not inf
--tolerance abc | --tolerance must be a number, not 'abc'
--beta -1 | --beta must be at least 0, not -1.0
--beta nan | --beta must be at least 0, not nan
--beta inf | --beta must be at least 0, not inf
--beta 1,x | --beta must be a number, numbers as 1,0.3,0.1, or path, not 'x'
--beta 1,,2 | --beta must be a number, numbers as 1,0.3,0.1, or path, not ''
--beta 1,1 | --beta names a temperature twice: name each once
--beta 1,-1 | --beta must be at least 0, not -1.0
--beta 1,0.1 --compare all | --compare is of one --beta, not of a path: give a single number
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999999999999 | --seed must be at most 9223372036854775807, not 99999999999999999999
--seed 1 | --seed has no effect where nothing is random: leave it out, or give --feedback
--samples 3 | --samples needs --feedback duels, pairs, teams or rankings
--feedback duels --samples 0 | --samples must be at least 1, not 0
--feedback words | --feedback must be one of duels, pairs, rankings, teams, not 'words'
--feedback rankings --beta 1 | rankings are of one preference game: leave them out, or compare two at a time
--algorithm nash | there is no algorithm 'nash': did you mean nash-mp?
--algorithm "" | the value of --algorithm is empty: write one, or leave it out
--algorithm lp --beta 1 | lp solves the game itself: leave out --beta, or choose a regularised algorithm:
--algorithm lp --state s.npz | lp is exact and has no --state: leave it out, or name another --algorithm
--algorithm lp --average | lp is exact and has no --average: leave it out, or name another --algorithm
--algorithm lp --parameters a=1 | lp is exact and has no --parameters: leave it out, or name another --algorithm
--algorithm lp --step-size 1 | lp is exact and has no --step-size: leave it out, or name another --algorithm
--compare nothing | there is no algorithm 'nothing': did you mean mmd-moving?
--compare "" | the value of --compare is empty: write one, or leave it out
--compare , | there is no algorithm '': they are nash-mp, nash-md, nash-md-constant, nash-ema, egpo, omd,
--output "" | the value of --output is empty: write one, or leave it out
--output . | --output must end in .json, not ''
--output folder | --output must end in .json, not 'folder'
--output x.txt | --output must end in .json, not 'x.txt'
--output nowhere/x.json | there is no folder nowhere for --output: make it first
--output pay.csv | --output must end in .json, not 'pay.csv'
--output /dev/full | --output must end in .json, not 'full'
--plot x.jpg | --plot must end in .png, not 'x.jpg'
--plot "" | the value of --plot is empty: write one, or leave it out
--state x.json | --state must end in .npz, not 'x.json'
--row-reference nowhere.csv | No such file or directory: nowhere.csv
--row-reference "" | the value of --row-reference is empty: write one, or leave it out
--row-reference ref_short.csv | there is no row 'rock': did you mean '2'?
--column-reference ref_list.json | ref_list.json: an object {"label": weight, ...} is expected
--row-reference folder | folder is a folder: name a file
more.csv | 'more.csv' is not an option: options begin with --, and --help lists them
--nothing | there is no option --nothing: --help lists them
--unranked last | there is no option --unranked: --help lists them
--prior 1 | there is no option --prior: did you mean
--worker 1 | there is no option --worker: did you mean --workers?
--beta | --beta needs a value
--output= | the value of --output is empty
""",
    "matrix": r"""
 | name a file of payoffs or a game of OpenSpiel: python -m solvers.matrix matrix_rps
"" | an argument is empty: write one, or leave it out
nowhere.csv | No such file or directory: nowhere.csv
folder | folder: the suffix must be .csv, .tsv, .npy or .nfg, not 'none'
folder/nowhere.csv | No such file or directory: folder/nowhere.csv
plain.txt | plain.txt: the suffix must be .csv, .tsv, .npy or .nfg, not '.txt'
empty.csv | empty.csv is empty
blank.csv | blank.csv has no line that is not blank
names.csv | names.csv has names and no numbers
typo.csv | typo.csv, line 1, column 1: 'O' is not a number, and most of the first row are
typo_left.csv | typo_left.csv, line 2, column 1: 'l' is not a number, and most of the first column are
typo_middle.csv | typo_middle.csv, line 2, column 3: '-l' is not a number
typo_comma.csv | typo_comma.csv, line 2, column 3: '-1,5' is not a number
twice.csv | twice.csv, line 1, column 2: 'a' is the name of another column, too
ragged.csv | ragged.csv, line 2: 1 cell, and line 1 has 2
nan.csv | nan.csv: the payoff at (0, 1) is nan, not a finite number
inf.csv | inf.csv: the payoff at (0, 1) is inf, not a finite number
code.csv | code.csv, line 1, column 2: "open('executed', 'w').close()" is not a number, and most of the first
import.csv | import.csv, line 1, column 2: "__import__('os').system('touch executed')" is not a number, and
formula.csv | formula.csv, line 1, column 1: '=1+1' is not a number, and most of the first row are
large.csv | large.csv: the payoff at (0, 0) is inf, not a finite number
latin.csv | latin.csv is not a text file in UTF-8
zeros.csv | zeros.csv has names and no numbers
utf16.csv | utf16.csv is not a text file in UTF-8
trap.csv | trap.csv is not a text file in UTF-8
trap.npy | trap.npy is not a NumPy array file of numbers (.npy), or is cut short
object.npy | object.npy is not a NumPy array file of numbers (.npy), or is cut short
torn.npy | torn.npy is not a NumPy array file of numbers (.npy), or is cut short
cube.npy | cube.npy: payoffs must have the shape (rows, columns) and not be empty, and these have (2, 2, 2, 2)
complex.npy | complex.npy: the payoffs of a matrix game must be an array of real numbers, not of type complex128
text.npy | text.npy: the payoffs of a matrix game must be a rectangular array of numbers
zero.npy | zero.npy: payoffs must have the shape (rows, columns) and not be empty, and these have (0, 0)
record.npy | record.npy: the payoffs of a matrix game must be a rectangular array of numbers
pipe.csv | pipe.csv is no ordinary file
no_such_game | OpenSpiel has no game 'no_such_game': did you mean
leduc_poker | 'leduc_poker' is not a matrix game: two players must move once and at the same time
matrix_rps( | OpenSpiel cannot load matrix_rps(: Missing closing bracket ')'
matrix_rps(x=1) | OpenSpiel cannot load matrix_rps(x=1): Unknown parameter 'x'
blotto(players=3) | 'blotto(players=3)' is not a matrix game: two players must move once and at the same time
blotto(coins=abc) | OpenSpiel cannot load blotto(coins=abc): Wrong type for parameter coins, Expected type:
matrix_pd | 'matrix_pd' is a general-sum game: what one player wins the other must lose
nfg_game(filename=nowhere.nfg) | there is no file nowhere.nfg
nowhere.nfg | there is no file nowhere.nfg
loop.csv | Too many levels of symbolic links
matrix_rps()x | ends with its closing parenthesis
blotto(coins=-1) | blotto
nfg_game(filename=short.nfg) | what it needs is missing, or a file ends too early
nfg_game | OpenSpiel cannot load nfg_game: what it needs is missing
""",
    "extensive leduc_poker": r"""
--algorithm nothing | there is no algorithm 'nothing': did you mean mmd-moving?
--algorithm "" | the value of --algorithm is empty: write one, or leave it out
--alpha -1 | --alpha: a constant schedule needs a finite value of at least 0, not -1.0
--alpha nan | --alpha: a constant schedule needs a finite value of at least 0, not nan
--alpha abc | --alpha: 'abc' is not a schedule: write a number, or NUMBER/sqrt(t), NUMBER/t or NUMBER/t^POWER
--alpha "" | the value of --alpha is empty: write one, or leave it out
--algorithm cfr+ --alpha 0.1 | cfr+ has no alpha: leave it out
--algorithm cfr+ --step-size 0.1 | cfr+ has no step size: leave it out
--algorithm cfr+ --form sequence | cfr+ has no sequence form to choose: leave --form out, or choose --algorithm
--form dilated | --form must be one of behavioral, sequence, not 'dilated'
--iterations -1 | --iterations must be at least 0, not -1
--iterations 0.5 | --iterations must be a whole number, not '0.5'
--tolerance -1 | --tolerance must be at least 0, not -1.0
--tolerance nan | --tolerance must be at least 0, not nan
--tolerance inf | --tolerance must be at least 0, not inf
--alternating --simultaneous | --alternating and --simultaneous exclude each other
--average --last | --average and --last exclude each other
--algorithm lp --alternating | lp is exact and has no --alternating: leave it out, or name another --algorithm
--algorithm lp --magnet nowhere.npz | lp is exact and has no --magnet: leave it out, or name another --algorithm
--algorithm lp --seed 3 | --seed has no effect on lp, which draws nothing: leave it out
--algorithm cfr+ --magnet pol_other.npz | cfr+ has no magnet: leave --magnet out, or choose a regularised
--alpha 0.1 --magnet nowhere.npz | --magnet: there is no file nowhere.npz
--alpha 0.1 --magnet pol_other.npz | --magnet pol_other.npz: the policy lacks the infoset '[Observer:
--alpha 0.1 --magnet folder | --magnet: there is no file folder
--alpha 0.1 --magnet "" | the value of --magnet is empty: write one, or leave it out
--alpha 0.1 --magnet trap.npz | --magnet: trap.npz is not a policy: it is not a NumPy archive (.npz), or is cut
--initial torn.npz | --initial: torn.npz is not a policy: it is not a NumPy archive (.npz), or is cut short
--initial pol_nan.npz | --initial pol_nan.npz: the policy lacks the infoset '[Observer: 0][Private: 0][Round
--initial weights.pth | --initial: weights.pth is not a policy: it holds 'archive/data.pkl', which does not
--plot x.png | --plot is the picture of a comparison: give --compare all, or --compare NAME,NAME
--compare all --plot x.gif | --plot must end in .png, not 'x.gif'
--compare nothing | there is no algorithm 'nothing': did you mean mmd-moving?
--compare "" | the value of --compare is empty: write one, or leave it out
--output "" | the value of --output is empty: write one, or leave it out
--output pay.csv | --output must be a folder, and pay.csv is a file
--output pay.csv/inside | cannot write to pay.csv/inside: Not a directory
--output /proc/x | cannot write to /proc/x: No such file or directory
--output loop | --output must be a folder, and loop is a link to nothing
--seed -1 | --seed must be at least 0, not -1
--seed 4 | --seed has no effect on sapcfr+, which draws nothing: leave it out
--seed 99999999999999999999 | --seed must be at most 9223372036854775807, not 99999999999999999999
--algorithm outcome-sampling --seed -1 | --seed must be at least 0, not -1
--algorithm outcome-sampling --tolerance 0.1 | there is no algorithm 'outcome-sampling': they are cfr, cfr+,
--algorithm sampled-mmd --alpha 1/t | --alpha of sampled-mmd must be a number
--algorithm sampled-mmd --parameters x=1 | sampled-mmd is a sampled method and has no --parameters: leave it out
--parameters gamma | --parameters are written NAME=NUMBER,NAME=NUMBER, not 'gamma'
--parameters nothing=1 | sapcfr+ has no parameter 'nothing': its parameters are averaging
--parameters nothing=nan | sapcfr+ has no parameter 'nothing': its parameters are averaging
--algorithm hs-pcfr+ --parameters horizon=0 | horizon of hs-pcfr+ must be between 1 and 1e+15, not 0
--algorithm hs-dcfr --parameters horizon=2.5 | the horizon must be a whole number of iterations, not 2.5
--algorithm hs-pdcfr+ --parameters gamma=3 | gamma of hs-pdcfr+ must be between 5 and 30, not 3
extra | 'extra' is not an option: options begin with --, and --help lists them
--workers 3 | there is no option --workers: --help lists them
--alpha 0.1 --magnet bomb_policy.npz | holds 16.0 GiB, more than the limit of 8 GiB
""",
    "extensive": r"""
goofspiel(num_cards=0) | has no legal action at the root
 | name a game: python -m solvers.extensive leduc_poker
"" | an argument is empty: write one, or leave it out
nowhere.efg | there is no file nowhere.efg
nowhere.npz | there is no file nowhere.npz
folder | OpenSpiel has no game 'folder' (pyspiel.registered_names() lists what there is)
no_such_game | OpenSpiel has no game 'no_such_game': did you mean
empty.efg | empty.efg, line 1, column 1: the file ends where EFG 2 R, as a Gambit file of an extensive game
words.efg | words.efg, line 1, column 1: 'hello' stands where EFG 2 R, as a Gambit file of an extensive game
header.efg | header.efg, line 2, column 1: the file ends where a node (c, p or t) must be
torn.efg | torn.efg, line 4, column 1: the file ends where a node (c, p or t) must be
trailing.efg | trailing.efg, line 9, column 1: the tree is complete, and here follows 't'
payoffs.efg | payoffs.efg, line 3, column 11: there are 1 payoffs for 2 players
nan.efg | nan.efg, line 3, column 13: 'nan' is not a number: a payoff must be one
chance.efg | chance.efg, line 2, column 11: the probabilities of a chance event sum to 1.4, not 1
chance_zero.efg | chance_zero.efg, line 2, column 17: 1/0 is divided by zero
player.efg | player.efg, line 2, column 6: there is no player 7: there are 2
general.efg --algorithm lp | general.efg is not zero-sum: the utilities after [0] are 1 and 1, and after [1] 1 and 5
driver.efg | player 0 has imperfect recall: the infoset
deep.efg | deep.efg, line 40002, column 1: the file ends where a node (c, p or t) must be
exponent.efg | exponent.efg, line 3, column 13: 1e999... is longer than a number may be
power.efg | power.efg, line 3, column 13: 1e999999999... is longer than a number may be
quote.efg | quote.efg, line 2, column 19: 't' stands where an action in quotation marks must be
trap.efg | trap.efg is not a text file in UTF-8
loop.efg | there is no file loop.efg
trap.npz | trap.npz is not a game: it is not a NumPy archive (.npz), or is cut short
empty.npz | empty.npz is not a game: it must be a compiled game, or have parents0, parents1, action_counts0,
torn.npz | torn.npz is not a game: it is not a NumPy archive (.npz), or is cut short
weights.pth | OpenSpiel has no game 'weights.pth' (pyspiel.registered_names() lists what there is)
efg_game(filename=deep.efg) | OpenSpiel cannot load efg_game(filename=deep.efg): it ends the process with
efg_game(filename=nowhere.efg) | OpenSpiel cannot load efg_game(filename=nowhere.efg): there is no file
efg_game | OpenSpiel cannot load efg_game: CHECK_TRUE(fd_)
sheriff(max_bribe=20,max_items=20,num_rounds=8) | take a smaller one
chess | chess() has about 3e+17 histories, and 23.5 GiB of memory are enough for 3e+08
hearts | hearts() has about 2e+17 histories, and
kuhn_poker(players=3) --algorithm lp | kuhn_poker(players=3) has 3 players, but the sequence form here is for two
kuhn_poker(players=1) | OpenSpiel cannot load kuhn_poker(players=1): num_players_ >= kGameType.min_num_players
kuhn_poker(players=99) | OpenSpiel cannot load kuhn_poker(players=99): num_players_ <= kGameType.max_num_players
kuhn_poker(players=-1) | OpenSpiel cannot load kuhn_poker(players=-1): num_players_ >= kGameType.min_num_players
kuhn_poker(players=2.5) | OpenSpiel cannot load kuhn_poker(players=2.5): Wrong type for parameter players,
kuhn_poker(players=) | OpenSpiel cannot load kuhn_poker(players=): Wrong type for parameter players, Expected
kuhn_poker(players=2 | OpenSpiel cannot load kuhn_poker(players=2: Missing closing bracket ')'
kuhn_poker) | OpenSpiel has no game 'kuhn_poker)': did you mean kuhn_poker?
kuhn_poker(players=99999999999999999999) | OpenSpiel cannot load kuhn_poker(players=99999999999999999999):
kuhn_poker(players=abc) | OpenSpiel cannot load kuhn_poker(players=abc): Wrong type for parameter players,
leduc_poker(suit_isomorphism=maybe) | OpenSpiel cannot load leduc_poker(suit_isomorphism=maybe): Wrong type for
liars_dice(dice_sides=0) | OpenSpiel cannot load liars_dice(dice_sides=0): dice_sides_ >= 1
liars_dice(numdice=-1) | cannot create std::vector
turn_based_simultaneous_game(game=nothing()) | OpenSpiel cannot load
repeated_game(stage_game=matrix_pd(),num_repetitions=0) | repeated_game(num_repetitions=0,stage_game=matrix_pd()
hole.npz | holds 'matrices.npy', which does not belong there
""",
    "phantom dark_hex_2x2": r"""
--eta 0.1 | --eta has no effect on pcfr+: leave it out, or choose an --algorithm of MMD
--algorithm mmd --eta -1 | eta must be positive and finite, not -1.0
--algorithm mmd --eta nan | eta must be positive and finite, not nan
--algorithm mmd --eta 0 | eta must be positive and finite, not 0.0
--algorithm mmd --eta inf | eta must be positive and finite, not inf
--algorithm mmd --alpha -1 | alpha must be positive and finite, not -1.0
--algorithm mmd --alpha nan | alpha must be positive and finite, not nan
--algorithm cfr+ --alpha 1 | --alpha has no effect on cfr+: leave it out, or choose an --algorithm of MMD
--magnet-step 0.5 | --magnet-step has no effect on pcfr+: leave it out, or choose mmd-moving
--algorithm mmd --magnet-step 0.5 | --magnet-step has no effect on mmd: leave it out, or choose mmd-moving
--algorithm mmd-moving --magnet-step -1 | magnet_step must be positive and finite, not -1.0
--algorithm mmd-moving --magnet-step nan | --magnet-step must be at most 1, not nan
--workers 0 | --workers must be at least 1, not 0
--workers 1000000 | --workers must be at most 4096, not 1000000
--algorithm lp | --algorithm must be one of cfr+, pcfr+, mmd-annealed, mmd-moving, mmd, not 'lp'
--output "" | the value of --output is empty: write one, or leave it out
--output pay.csv | --output must be a folder, and pay.csv is a file
--output pay.csv/inside | cannot write to pay.csv/inside: Not a directory
--output loop | --output must be a folder, and loop is a link to nothing
--algorithm mmd-moving --magnet-step 2 | --magnet-step must be at most 1, not 2.0
""",
    "phantom": r"""
nothing | there is no phantom game 'nothing': choose one of abrupt_dark_hex, abrupt_dark_hex_2x2,
"" | an argument is empty: write one, or leave it out
dark_hex_9x9 | there is no phantom game 'dark_hex_9x9': choose one of abrupt_dark_hex, abrupt_dark_hex_2x2,
dark_hex_0x0 | there is no phantom game 'dark_hex_0x0': choose one of abrupt_dark_hex, abrupt_dark_hex_2x2,
phantom_ttt --iterations 0 | --iterations must be at least 1, not 0
phantom_ttt --iterations -5 | --iterations must be at least 1, not -5
phantom_ttt --tolerance -1 | --tolerance must be at least 0, not -1.0
phantom_ttt --tolerance nan | --tolerance must be at least 0, not nan
dark_hex(board_size=2 | there is no phantom game 'dark_hex(board_size=2': choose one of abrupt_dark_hex,
dark_hex(board_size=2,gameversion=odd) | there is no phantom game 'dark_hex(board_size=2,gameversion=odd)':
dark_hex(board_size=-1) | there is no phantom game 'dark_hex(board_size=-1)': choose one of abrupt_dark_hex,
 | GAME is missing: --help says what it is
""",
    "exploitability kuhn_poker": r"""
nowhere.npz | there is no file nowhere.npz
mine.py:Policy | mine.py:Policy: a policy in Python becomes a file by tamaya.save_policy(
"" | an argument is empty: write one, or leave it out
folder | there is no file folder
pay.csv | pay.csv is not a policy: it lacks the column player
uniform.npz | there is no file uniform.npz
pol_nan.npz | pol_nan.npz lacks 11 of the 12 infosets of kuhn_poker(): with --fill the policy is uniform there
pol_neg.npz | pol_neg.npz lacks 11 of the 12 infosets of kuhn_poker(): with --fill the policy is uniform there
pol_sum.npz | pol_sum.npz lacks 11 of the 12 infosets of kuhn_poker(): with --fill the policy is uniform there
pol_twice.npz | pol_twice.npz lacks 11 of the 12 infosets of kuhn_poker(): with --fill the policy is uniform
pol_half.npz | pol_half.npz is not a policy: it must have text, whole numbers twice, and probabilities
pol_rows.npz | pol_rows.npz is not a policy: information_state, player, action, probability must have one row
pol_lacks.npz | pol_lacks.npz is not a policy: it holds no array 'player': it must have information_state,
pol_other.npz | pol_other.npz lacks 11 of the 12 infosets of kuhn_poker(): with --fill the policy is uniform
pol_none.npz | pol_none.npz lacks 12 of the 12 infosets of kuhn_poker(): it is a policy of another game
trap.npz | trap.npz is not a policy: it is not a NumPy archive (.npz), or is cut short
weights.pth | weights.pth is not a policy: it holds 'archive/data.pkl', which does not belong there: known are
hole.npz | hole.npz is not a policy: it holds 'matrices.npy', which does not belong there: known are action,
loop.npz | there is no file loop.npz
pipe.npz | there is no file pipe.npz
uniform --fill | --fill has no effect on the uniform policy: leave it out
uniform --json "" | the value of --json is empty: write one, or leave it out
uniform --json folder | --json must be a file, and folder is a folder
uniform --json pay.csv/x.json | cannot write to pay.csv/x.json: Not a directory
uniform --games 5 | --games has no effect without --approximate: leave it out
uniform --simulations 5 | --simulations has no effect without --approximate: leave it out
uniform --seed 5 | --seed has no effect without --approximate: leave it out
uniform --approximate --games 1 | --games must be at least 2, not 1
uniform --approximate --games many | --games must be a whole number, not 'many'
uniform --approximate --simulations 0 | --simulations must be at least 1, not 0
uniform --approximate --seed -1 | --seed must be at least 0, not -1
uniform --approximate --regrets | --regrets has no effect on a lower bound: leave it or --approximate out
uniform --approximate --best-response x.npz | --best-response has no effect on a lower bound: leave it or
policy.json --approximate | --approximate reads a policy from *.npz or *.csv, not from policy.json
nowhere.npz --approximate | there is no file nowhere.npz
pay.csv --approximate | pay.csv is not a policy: it lacks the column player
pol_other.npz --approximate | the policy lacks the infoset
uniform --json /proc/x.json | cannot write to /proc/x.json: No such file or directory
policy_object.npz | not one of numbers or text
bomb_policy.npz | holds 16.0 GiB, more than the limit of 8 GiB
 | uniform|FILE is missing
""",
    "exploitability": r"""
driver.efg uniform | player 0 has imperfect recall
hanabi(players=2,colors=2,ranks=2) uniform | 8 cards are too few to deal 5
"" uniform | an argument is empty: write one, or leave it out
kuhn_poker(players=3) pol_other.npz | pol_other.npz lacks 47 of the 48 infosets of kuhn_poker(players=3): with
pennies.efg uniform --json pennies.efg | --json would write over pennies.efg, which is read: give it another
nowhere.efg uniform | there is no file nowhere.efg
no_such_game uniform | OpenSpiel has no game 'no_such_game': did you mean
no_such_game uniform --approximate | OpenSpiel has no game 'no_such_game': did you mean
mfg_crowd_modelling uniform --approximate | is a mean-field game, which has no seats to exploit from
chess uniform | chess() has about 3e+17 histories, and 23.5 GiB of memory are enough for 3e+08
dark_hex_2x2 nowhere.npz | there is no file nowhere.npz
dark_hex_2x2 trap.npz | trap.npz is no file of phantom-game policies: is not a NumPy archive (.npz), or is cut
dark_hex_2x2 pol_other.npz | pol_other.npz is no file of phantom-game policies: holds 'information_state.npy',
dark_hex_2x2 uniform --fill | --fill has no effect on the uniform policy: leave it out
 | GAME is missing: --help says what it is
dark_hex_2x2 pol_other.npz --fill | --fill has no effect on phantom games
""",
    "": r"""
nothing | there is no command nothing: --help lists them
"" | there is no command '': --help lists them
solve | say first what is to be solved: tamaya solve GAME [OPTION ...]
solve nowhere.csv | No such file or directory: nowhere.csv
solve folder | OpenSpiel has no game 'folder' (pyspiel.registered_names() lists what there is)
solve trap.npz | trap.npz is not a game: it is not a NumPy archive (.npz), or is cut short
solve no_such_game | OpenSpiel has no game 'no_such_game': did you mean
solve "" | an argument is empty: write one, or leave it out
solve trap.csv | trap.csv is not a text file in UTF-8
solve deep.json | deep.json is nested too deeply to be read
""",
}

PROCESSES: dict[str, str] = {  # what would end the process
    "exploitability": r"""
efg_game(filename=deep.efg) uniform | it ends the process with SIGSEGV
""",
}
