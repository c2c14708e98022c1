"""What is wrong on the command lines of the trainers, and what the sentence says: ``line | sentence``."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "train-blueprint --checkpoint c": r"""
--players 1 | players must be 2 to 5, not 1
--players 9 | players must be 2 to 5, not 9
--device tpu | --device must be cpu or cuda, not tpu
--device cuda | the compiled network runs on the CPU: choose --network feed-forward for --device cuda
--device "" | the value of --device is empty: write one, or leave it out
--minutes 0 | --minutes must be positive and finite, not 0.0
--minutes -1 | --minutes must be positive and finite, not -1.0
--minutes nan | --minutes must be positive and finite, not nan
--minutes inf | --minutes must be positive and finite, not inf
--steps 0 | --steps must be at least 1, not 0.0
--steps nan | --steps must be at least 1, not nan
--steps inf | --steps must be at least 1, not inf
--steps -5 | --steps must be at least 1, not -5.0
--network deep | --network must be one of compiled, feed-forward, public-recurrent, not 'deep'
--method sarsa | --method must be one of ppo, expert-iteration, not 'sarsa'
--method expert-iteration --network feed-forward | --method expert-iteration needs --network compiled
--base nothing | --base must be one of information, none, smart, not 'nothing'
--base smart --teacher iggi | the teacher must be a blueprint, and the base if there is one, not 'iggi'
--base none --teacher none | the teacher must be a blueprint, and the base if there is one, not 'none'
--base none --teacher nothing | there is no blueprint called 'nothing': did you mean 'cheating'?
--base none --teacher cheating | the cheating blueprint sees its own cards, so nobody can learn from it
--base none --teacher "" | the value of --teacher is empty: write one, or leave it out
--hidden 0 0 | --hidden must be positive multiples of 16, not 0 0
--hidden 17 16 | --hidden must be positive multiples of 16, not 17 16
--hidden 16 | --hidden needs two numbers for the compiled network, not 1
--hidden | --hidden needs two numbers for the compiled network, not 0
--hidden -16 16 | --hidden must be positive multiples of 16, not -16 16
--hidden 16000000000 16 | there is not enough memory: choose fewer --games, or fewer units in --hidden
--history -1 | --history must be at least 0, not -1
--history 33 | history must be 0 to 32, not 33
--history 2 --network feed-forward | --history needs --network compiled
--history 2 --base none --teacher neural | --history needs a rule-based --teacher, not neural
--advice nan | advice must be finite and not negative, not nan
--advice -1 | advice must be finite and not negative, not -1.0
--base none --advice 3 | --advice has no effect on a network without --base: leave it out
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999 | --seed must be at most 2147483647 and not 1000003, not 99999999999
--start nowhere.safetensors | --start nowhere.safetensors: there is no file nowhere.safetensors
--start trap.safetensors | --start trap.safetensors: trap.safetensors is not a safetensors file: Error while
--start "" | the value of --start is empty: write one, or leave it out
--start deep.safetensors | --start deep.safetensors: deep.safetensors is not a safetensors file: Error while
--distil "" | the value of --distil is empty: write one, or leave it out
--distil trap.safetensors --clone 0 | --distil needs games to --clone, and no --start
--start a.safetensors --distil b.safetensors | --distil needs games to --clone, and no --start
--clone -1 | --clone must be at least 0, not -1
--clone-softening 0 | clone_softening must be above 0 and at most 1, not 0.0
--clone-softening 2 | clone_softening must be above 0 and at most 1, not 2.0
--games 0 | games must be at least 1, not 0
--games 99999999999999 | there is not enough memory: choose fewer --games, or fewer units in --hidden
--epochs 0 | epochs must be at least 1, not 0
--minibatch 0 | minibatch must be at least 1, not 0
--learning-rate 0 | learning_rate must be positive and finite, not 0.0
--learning-rate nan | learning_rate must be positive and finite, not nan
--learning-rate-end -1 | learning_rate_end must be finite and not negative, not -1.0
--clip 0 | clip must be positive and finite, not 0.0
--gamma 1.5 | gamma must lie between 0 and 1, not 1.5
--gamma nan | gamma must lie between 0 and 1, not nan
--lambda -0.1 | trace must lie between 0 and 1, not -0.1
--learn-share 0 | learn_share must be above 0 and at most 1, not 0.0
--lambda-end -1 | trace_end must lie between 0 and 1, not -1.0
--learn-share .5 --network feed-forward | --learn-share has no effect on a torch network: leave it out, or
--method expert-iteration --learn-share 0.5 | --learn-share has no effect on expert-iteration: leave it out
--entropy -1 | entropy must be finite and not negative, not -1.0
--value-weight nan | value_weight must be finite and not negative, not nan
--kl-magnet inf | kl_magnet must be finite and not negative, not inf
--bomb-penalty 2 | bomb_penalty must lie between 0 and 1, not 2.0
--label-share 0 --method expert-iteration | label_share must be above 0 and at most 1, not 0.0
--label-plies 0 --method expert-iteration | label_plies must be at least 1, not 0
--label-share 0.5 | --label-share has no effect on ppo: leave it out, or choose --method expert-iteration
--label-step 1 | --label-step has no effect on ppo: leave it out, or choose --method expert-iteration
--label-plies 5 | --label-plies has no effect on ppo: leave it out, or choose --method expert-iteration
--temperature 0.3 | --temperature has no effect on ppo: leave it out, or choose --method expert-iteration
--method expert-iteration --clip 0.1 | --clip has no effect on expert-iteration: leave it out
--method expert-iteration --entropy 0.5 | --entropy has no effect on expert-iteration: leave it out
--inputs v0 | --inputs v0 needs --network feed-forward or public-recurrent
--augment False | --augment has no effect on the compiled network: leave it out
--augment maybe | --augment must be one of True, False, not 'maybe'
--card-weight 0.5 | --card-weight has no effect on the compiled network: leave it out
--gradient-norm 0 | gradient_norm must be positive and finite, not 0.0
--average-decay 2 | average_decay must lie between 0 and 1, not 2.0
--graphs False | --graphs has no effect on the CPU: leave it out
--variant big | --variant must be one of standard, small, seven-card, not 'big'
--variant seven-card --players 4 | the seven-card variant is for 2 players, not 4
--evaluate-games 0 | --evaluate-games must be at least 1, not 0
--evaluate-every 0 | --evaluate-every must be positive and finite, not 0.0
--quick-games 0 | --quick-games must be at least 1, not 0
--workers 0 | --workers must be at least 1, not 0
--workers 1000000 | --workers must be at most 4096, not 1000000
surplus | 'surplus' is not an option: options begin with --, and --help lists them
--device cudax --network feed-forward | --device must be cpu or cuda, not cudax
--advice 1e300 | advice must be at most 1e+06, not 1e+300
""",
    "train-blueprint": r"""
 | --checkpoint DIR is needed: the folder of the run, new or begun
--checkpoint "" | the value of --checkpoint is empty: write one, or leave it out
--checkpoint pay.csv | --checkpoint must be a folder, and pay.csv is a file
--checkpoint pay.csv/x | cannot write to pay.csv/x: Not a directory
--checkpoint /proc/x | cannot write to /proc/x: No such file or directory
--checkpoint loop | --checkpoint must be a folder, and loop is a link to nothing
""",
    "train-belief --output x.safetensors": r"""
--players 1 | players must be 2 to 5, not 1
--players 9 | players must be 2 to 5, not 9
--blueprint nothing | there is no blueprint called 'nothing'
--blueprint "" | the value of --blueprint is empty: write one, or leave it out
--blueprint cheating | the blueprint cheating sees its own cards
--blueprint trap.safetensors | is not a safetensors file
--blueprint deep.safetensors | is not a safetensors file
--blueprint neural --variant small | the network plays Hanabi with colours = 5, not 2
--variant big | --variant must be one of standard, small, seven-card
--variant seven-card --players 3 | the seven-card variant is for 2 players, not 3
--minutes 0 | --minutes must be positive and finite, not 0.0
--minutes nan | --minutes must be positive and finite, not nan
--minutes inf | --minutes must be positive and finite, not inf
--examples 0 | --examples must be at least 1, not 0
--examples -1 | --examples must be at least 1, not -1
--examples 99999999999999999999 | --examples must be at most
--softening 1 | --softening must be at least 0 and below 1, not 1.0
--softening nan | --softening must be at least 0 and below 1, not nan
--softening -1 | --softening must be at least 0 and below 1, not -1.0
--hidden 0 0 | the layers of a belief must be multiples of 16 units wide, not 0 (hidden)
--hidden 16 | --hidden needs a value
--hidden 17 16 | multiples of 16 units wide, not 17
--depth 0 | the layers of a belief must be multiples of 16 units wide, not 0 (depth)
--depth 5 | multiples of 16 units wide, not 5
--learning-rate 0 | --learning-rate must be positive and finite, not 0.0
--learning-rate nan | --learning-rate must be positive and finite, not nan
--learning-rate inf | --learning-rate must be positive and finite, not inf
--threads 0 | --threads must be at least 1, not 0
--threads 1000000 | --threads must be at most 4096, not 1000000
--seed -1 | --seed must be at least 0, not -1
--seed 99999999999999999999 | --seed must be at most
""",
    "train-belief": r"""
 | --output is missing: --help says what it is
--output "" | the value of --output is empty: write one, or leave it out
--output folder | --output must be a file, and folder is a folder
--output /proc/x.safetensors | cannot write to /proc/x.safetensors: No such file or directory
--output pay.csv/x.safetensors | cannot write to pay.csv/x.safetensors: Not a directory
""",
}
