"""What is wrong on the command line of ``python -m solvers.preference``, and what the sentence says."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "preference rps.csv": r"""
--kind votes | rps.csv, line 1: the columns of a vote list are winner,loser[,weight] or model_a,model_b,winner,
--kind nothing | --kind must be one of auto, matrix, counts, votes, preflib, rewards, batch, not 'nothing'
--kind batch | rps.csv: a file of the kind 'batch' must end in .npy, .npz, .jsonl, .ndjson
--kind preflib | rps.csv: a file of the kind 'preflib' must end in .soc, .soi, .toc, .toi, .wmd
--reference ref_zero.csv | the reference gives 0 to alternative 'rock': every weight must be finite and above 0
--reference ref_unknown.csv | there is no alternative 'scissor': did you mean 'scissors'?
--reference ref_short.csv | the reference gives 0 to alternative 'paper': every weight must be finite and above
--reference ref_list.json | ref_list.json: an object {"label": weight, ...} is expected
--reference deep.json | deep.json is nested too deeply to be read
--reference folder | folder is a folder: name a file
--reference nowhere.csv | No such file or directory: nowhere.csv
--reference "" | the value of --reference is empty: write one, or leave it out
--prior 1 | --prior is for votes, and rps.csv holds none
--unranked last | --unranked has no effect on rps.csv: it is for rankings of PrefLib: leave it out
--unranked first | --unranked must be one of ignored, last, not 'first'
--reward-temperature 2 | --reward-temperature has no effect on rps.csv: it is for rewards: leave it out
--reward-temperature 0 | --reward-temperature has no effect on rps.csv: it is for rewards: leave it out
--reward-temperature nan | --reward-temperature has no effect on rps.csv: it is for rewards: leave it out
--kind rewards --reward-temperature 0 | rps.csv: the temperature must be a finite number above 0, not 0.0
--kind rewards --reward-temperature nan | rps.csv: the temperature must be a finite number above 0, not nan
--kind rewards --symmetrise | --symmetrise has no effect on rps.csv: it is for tables of probabilities: leave
--bootstrap 10 | --bootstrap resamples votes, and rps.csv holds none: leave it out
--batch-output x.npz | --batch-output is for many games, and rps.csv holds one: use --output
--ask 3 | --ask is for votes, and rps.csv holds none: leave it out
--ask 0 | --ask must be at least 1, not 0
--backend dask | --backend is for many games, --posterior or --bootstrap, and rps.csv holds one game: leave it out
--backend spark | --backend must be one of local, dask, ray, not 'spark'
--cluster localhost:1 | --cluster needs --backend dask or --backend ray
--seed 5 | --seed has no effect where nothing is random: leave it out, or give --feedback, --bootstrap or --posterior
--seed -1 | --seed must be at least 0, not -1
--workers 0 | --workers must be at least 1, not 0
--output "" | the value of --output is empty: write one, or leave it out
--output rps.json --plot rps.json | --plot must end in .png, not 'rps.json'
--beta -0.0001 | --beta must be at least 0, not -0.0001
--beta 1e308 | beta must be 0 or between 1e-60 and 1e+60, not 1e+308
--beta 1e-320 --algorithm nash-mp | beta must be 0 or between 1e-60 and 1e+60, not 9.99989e-321
--algorithm lp --beta 0.1 | lp solves the game itself: leave out --beta, or choose a regularised algorithm:
--algorithm pcfr+ | there is no algorithm 'pcfr+': did you mean prm+?
--feedback rankings | --feedback rankings asks for rankings, and rps.csv holds none: take --feedback teams, which once
--model plackett-luce | --model is one of votes and rankings, and rps.csv holds none: leave it out
--best-of 2 | --best-of needs rankings, because pairs do not tell the best of several: rps.csv
--best-of 0 | --best-of must be at least 1, not 0
--model elo | --model must be one of plackett-luce, not 'elo'
""",
    "preference partial.soi": r"""
--feedback rankings | a recorded ranking leaves out 'c', so that nobody knows where it stands: take what is left out
--best-of 2 | a recorded ranking leaves out 'c', so that nobody knows where it stands
--model plackett-luce --prior 0 | the Plackett-Luce model has no maximum likelihood: 'c' was never chosen before any
--model plackett-luce --bootstrap 5 | --bootstrap has no effect with --model plackett-luce: it draws tables of pairs
""",
    "preference level.toc": r"""
--model plackett-luce | the Plackett-Luce model has no ties, and a ranking puts 'a' level with 'b': only the last place
""",
    "preference votes.csv": r"""
--kind matrix | votes.csv, line 5, column 1: 'a' is the name of another row, too
--unranked last | --unranked has no effect on votes.csv: it is for rankings of PrefLib: leave it out
--symmetrise | --symmetrise has no effect on votes.csv: it is for tables of probabilities: leave it out
--prior -1 | --prior must be at least 0, not -1.0
--prior nan | --prior must be at least 0, not nan
--prior inf | --prior must be at least 0, not inf
--bootstrap 1 | --bootstrap must be at least 2, not 1
--bootstrap -5 | --bootstrap must be at least 2, not -5
--bootstrap 1000000000000 | 1000000000000 posterior draws of 3 alternatives need 268220.9 GiB, more than
--bootstrap 5 --cluster localhost:1 | --cluster needs --backend dask or --backend ray
--feedback rankings | --feedback rankings asks for rankings, and votes.csv holds none: take --feedback teams, which once
--model plackett-luce --posterior 5 | --posterior has no effect with --model plackett-luce: it draws tables of pairs
""",
    "preference judged.csv": r"""
--ensemble mean --feedback rankings | a table of pairs cannot be asked for rankings, which say more
--ensemble worst --best-of 2 | --best-of has no effect with --ensemble worst, which is about the tables of judges
--ensemble worst --model plackett-luce | --model has no effect with --ensemble worst, which is about the tables of
--ensemble best | --ensemble must be one of
--judges judge | --judges needs --ensemble
--lambda 1 | --lambda needs --ensemble uncertainty
--tau 1 | --tau needs --ensemble entropic
--ensemble mean --beta 1,0.1 | --beta is a path with --ensemble mean: give a single number
--tables 5 | --tables needs --ensemble
--ensemble worst --lambda 1 | --lambda is for --ensemble uncertainty, and worst has none: leave it out
--ensemble mean --tau 1 | --tau is for --ensemble entropic, and mean has none: leave it out
--ensemble uncertainty --lambda -1 | --lambda must be at least 0, not -1.0
--ensemble uncertainty --lambda much | --lambda must be a number, not 'much'
--ensemble entropic --tau 0 | --tau must be above 0
--ensemble entropic --tau inf | --tau must be at least 0, not inf
--ensemble worst --tables 5 | --tables needs --judges posterior or --judges bootstrap
--ensemble worst --judges posterior --tables 1 | --tables must be at least 2, not 1
--ensemble worst --judges posterior --prior 0 | without a prior a pair that never met has no posterior
--ensemble worst --judges "" | the value of --judges is empty: write one, or leave it out
--ensemble worst --judges juge | no vote has a column 'juge': did you mean 'judge'?
--ensemble worst --where judge=ann | the column 'judge' names one judge, 'ann', and judges that differ are at least
--ensemble worst --by judge | --by has no effect with --ensemble worst: leave it out, or name that column by --judges
--ensemble worst --bootstrap 5 | --bootstrap has no effect with --ensemble worst: leave it out, or take the tables as
--ensemble worst --ask 2 | --ask has no effect with --ensemble worst: leave it out
--ensemble worst --batch-output x.npz | --batch-output has no effect with --ensemble worst: leave it out
--ensemble worst --backend dask | --backend has no effect with --ensemble worst: leave it out
--ensemble worst --feedback duels | --feedback has no effect with --ensemble worst, whose table is nobody's
--ensemble worst --unseen | --unseen has no effect on judged.csv: it is for empty cells in a table: leave it out
--ensemble worst --symmetrise | --symmetrise has no effect on judged.csv: it is for tables of probabilities
--ensemble worst --seed 1 | --seed has no effect where nothing is random
--ensemble worst --beta 0.1 --algorithm lp | lp solves the game itself: leave out --beta
--ensemble worst --kind rewards | judged.csv
""",
    "preference": r"""
one_judge.csv --ensemble worst | the column 'judge' names one judge, 'ann', and judges that differ are at least two
votes.csv --ensemble worst | no vote has a column 'judge'
rps.csv --ensemble worst | rps.csv holds one table, and --ensemble needs judges: votes with a column that names them
rps.csv --ensemble worst --judges posterior | judges drawn from the posterior of votes need votes, and there are none
rps.csv --ensemble worst --kind rewards --judges who | --judges has no effect on rps.csv, whose rows are the judges
rps.csv --ensemble worst --kind rewards --prior 1 | --prior has no effect on rps.csv, whose rows are the judges
 | name a file of preferences: python -m solvers.preference FILE (--help lists the options)
"" | an argument is empty: write one, or leave it out
nowhere.csv | No such file or directory: nowhere.csv
folder | folder: the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc, .soi, .toc,
plain.txt | plain.txt: the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc, .soi,
empty.csv | empty.csv is empty
blank.csv | blank.csv has no line that is not blank
names.csv | names.csv has names and no numbers
typo_pref.csv | typo_pref.csv, line 1, column 1: 'O.5' is not a number, and most of the first row are
twice.csv | twice.csv, line 1, column 2: 'a' is the name of another column, too
ragged.csv | ragged.csv, line 2: 1 cell, and line 1 has 2
nan.csv | nan.csv: the entry of '0' against '1' is nan, not a number in [0, 1]
code.csv | code.csv, line 1, column 2: "open('executed', 'w').close()" is not a number, and most of the first
large.csv | large.csv: the entry of '0' against '0' is inf, not a number in [0, 1]
latin.csv | latin.csv is not a text file in UTF-8
zeros.csv | zeros.csv has names and no numbers
utf16.csv | utf16.csv is not a text file in UTF-8
percent.csv | percent.csv: the entry of '0' against '0' is 50: a probability lies in [0, 1], so divide
asymmetric.csv | asymmetric.csv: P('0' beats '1') + P('1' beats '0') = 0.9 + 0.9, not 1 within 1e-06
self.csv | self.csv, line 2: 'a' is compared with itself
weight.csv | weight.csv, line 2: the weight must be a finite number above 0, not -1
weight_nan.csv | weight_nan.csv, line 2: the weight must be a finite number above 0, not nan
weight_large.csv | wins must be finite counts of at least 0
stranger.csv | stranger.csv, line 2: the winner must be model_a, model_b, tie or tie (bothbad), not 'zed'
loser.csv | loser.csv, line 2: a vote needs the labels of two alternatives, and one is empty
trap.csv | trap.csv is not a text file in UTF-8
trap.npy | trap.npy is not a NumPy array file of numbers (.npy), or is cut short
trap.npz | trap.npz is not a NumPy archive (.npz), or is cut short
trap.json | trap.json is not a text file in UTF-8
trap.jsonl | trap.jsonl is not a text file in UTF-8
object.npy | object.npy is not a NumPy array file of numbers (.npy), or is cut short
object.npz | object.npz holds an array that is not one of numbers or text, or is damaged
empty.npz | empty.npz holds no array 'matrices': it must have matrices
hole.npz | hole.npz holds an array that is not one of numbers or text, or is damaged
other.npz | other.npz holds 'surprise.npy', which does not belong there: known are labels, mask, matrices,
torn.npz | torn.npz is not a NumPy archive (.npz), or is cut short
words.npz | words.npz: the matrices of a batch must be a rectangular array of numbers
flat.npz | flat.npz: a batch must have the shape (games, n, n), not (3,)
stranger.npz | stranger.npz holds 'readme.txt', which does not belong there: known are labels, mask, matrices,
weights.pth | weights.pth: the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc,
torn.npy | torn.npy is not a NumPy array file of numbers (.npy), or is cut short
cube.npy | cube.npy: a preference matrix must be square, not of shape (2, 2, 2, 2)
complex.npy | complex.npy: a preference matrix must be an array of real numbers, not of type complex128
text.npy | text.npy: a preference matrix must be a rectangular array of numbers
zero.npy | zero.npy: a preference matrix needs at least one alternative, and this one is empty
record.npy | record.npy: a preference matrix must be a rectangular array of numbers
yaml.yaml | yaml.yaml: the suffix must be one of .csv, .tsv, .npy, .npz, .json, .jsonl, .ndjson, .soc, .soi,
yaml.json | yaml.json is not JSON: Expecting value (character 1)
list.json | list.json: an object with the key "matrix" is expected
deep.json | deep.json is nested too deeply to be read
deep_object.json | deep_object.json is nested too deeply to be read
deep.jsonl | deep.jsonl, line 1 is nested too deeply to be read
deep_matrix.json | deep_matrix.json is nested too deeply to be read
huge.json | huge.json: the entry of '0' against '0' is inf, not a number in [0, 1]
digits.json | digits.json: Exceeds the limit (4300 digits) for integer string conversion: value has 5000
ragged.json | ragged.json: the matrix must be rows of numbers, all of one length
keys.json | keys.json: an object with the key "matrix" is expected
twice.json | twice.json: the label 'a' occurs twice: the labels of the alternatives must differ
code.json | code.json: the matrix must be rows of numbers, all of one length
torn.json | torn.json is not JSON: Expecting ',' delimiter (character 25)
bytes.json | bytes.json is not a text file in UTF-8
log.csv | log.csv, line 1: the columns of a vote list are winner,loser[,weight] or model_a,model_b,winner, not
votes_bad.jsonl | votes_bad.jsonl, line 2: it looks like a vote log with a winner, and lacks the
votes_null.jsonl | votes_null.jsonl, line 1: a vote needs the labels of two alternatives, and one is empty
torn.jsonl | torn.jsonl, line 2: the line is not JSON: Unterminated string starting at (character 17)
bad.soc | bad.soc, line 4: there is no alternative 7: they are numbered from 1 to 2
empty.soc | empty.soc is empty
words.soc | words.soc lacks the line "# NUMBER ALTERNATIVES: …": PrefLib files have begun with their metadata
count.soc | count.soc, line 4: '-3' is not a whole number
bad.toc | bad.toc, line 2: '{1,2' is not a list such as 1,{4,3},2
loop.csv | Too many levels of symbolic links: loop.csv
loop.npz | Too many levels of symbolic links: loop.npz
pipe.csv | pipe.csv is no ordinary file
bomb.npz | holds 12.0 GiB, more than the limit of 8 GiB
nan.npy | is nan, not a number in [0, 1]
nan.json | is nan, not a number in [0, 1]
""",
}
