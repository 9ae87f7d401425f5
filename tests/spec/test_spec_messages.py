# ruff: noqa: E501 (a row of a table of cases stays on one line)
import pytest
from spec_makers import SMALLEST, problems_of

HEAD = SMALLEST.count("\n")


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("regularization:\n  lamda: 0.1\n", "4:3 regularization.lamda", "unknown key. Did you mean 'lambda'?"),
        ("epochs: 5\n", "3:1 epochs", "unknown key. Did you mean 'training.epochs'?"),
        ("seed: 5\n", "3:1 seed", "unknown key. Did you mean 'split.seed' or 'training.seed'?"),
        ("model: {depth: 5}\n", "3:9 model.depth", "unknown key. Known keys: name, degree, interactions, units, activation, normalization, image, filters, kernel_size, global_pooling, options."),
        ("training: {epochs: many}\n", "3:12 training.epochs", "expected a whole number. Received: 'many'."),
        ("training: {epochs: 1e2}\n", "3:12 training.epochs", "expected a whole number. Received: 1e2."),
        ("training: {epochs: true}\n", "3:12 training.epochs", "expected a whole number. Received: true."),
        ("training: {epochs: }\n", "3:12 training.epochs", "expected a whole number. Received: nothing."),
        ("training: {epochs: 0}\n", "3:12 training.epochs", "expected a number of at least 1. Received: 0."),
        ("training: {epochs: 3000000000}\n", "3:12 training.epochs", "expected a number below 2147483648. Received: 3000000000."),
        ("training: {learning_rate: '1e-3'}\n", "3:12 training.learning_rate", "expected a number. Received: '1e-3'."),
        ("training: {learning_rate: 0x0}\n", "3:12 training.learning_rate", "expected a number above 0. Received: 0x0."),
        ("training: {memory_limit: true}\n", "3:12 training.memory_limit", "expected a number. Received: true."),
        ("training: {memory_limit: .inf}\n", "3:12 training.memory_limit", "expected a finite number. Received: .inf."),
        ("training: {learning_rate: 1e999}\n", "3:12 training.learning_rate", "expected a finite number. Received: 1e999."),
        ("training: [epochs, 5]\n", "3:1 training", "expected keys and values. Received: ['epochs', 5]."),
        ("training:\n", "3:1 training", "expected keys and values. Received: nothing."),
        ("regularization: {lambda: -1}\n", "3:18 regularization.lambda", "expected a number of at least 0. Received: -1."),
        ("regularization: {dropout: 1}\n", "3:18 regularization.dropout", "expected a number below 1. Received: 1."),
        ("regularization: {penalty: l3}\n", "3:18 regularization.penalty", "expected 'l2', 'l1' or 'elastic'. Received: 'l3'."),
        ("model: {name: mpl}\n", "3:9 model.name", "expected linear, polynomial, mlp, selu_mlp or cnn. Received: 'mpl'. Did you mean 'mlp'?"),
        ("model: {units: []}\n", "3:9 model.units", "expected at least 1 value. Received: []."),
        ("model: {units: 64}\n", "3:9 model.units", "expected a list, such as [a, b]. Received: 64."),
        ("model: {units: [64, 1.5]}\n", "3:21 model.units[1]", "expected a whole number. Received: 1.5."),
        ("sweep: {lambda: []}\n", "3:9 sweep.lambda", "expected at least 1 value. Received: []."),
        ("sweep: {lambda: [0, -1e-3]}\n", "3:21 sweep.lambda[1]", "expected a number of at least 0. Received: -1e-3."),
        ("sweep: {lambda: [.nan]}\n", "3:18 sweep.lambda[0]", "expected a finite number. Received: .nan."),
        ("sweep: {lambda: [true]}\n", "3:18 sweep.lambda[0]", "expected a number. Received: true."),
        ("sweep: {lambda: [1e31]}\n", "3:18 sweep.lambda[0]", "expected a number of at most 1e+30. Received: 1e31."),
        ("sweep: {lambda: [0.1, 1e-1]}\n", "3:9 sweep.lambda", "every value once. Received: 0.1 more than once."),
        ("sweep: {lambda: {log: [1, 0.1]}}\n", "3:18 sweep.lambda.log", "expected [low, high] with low below high. Received: [1, 0.1]."),
        ("sweep: {lambda: {log: [0, 1]}}\n", "3:24 sweep.lambda.log[0]", "expected a number above 0. Received: 0."),
        ("sweep: {lambda: {log: [1, .inf]}}\n", "3:27 sweep.lambda.log[1]", "expected a finite number. Received: .inf."),
        ("sweep: {lambda: {log: [1]}}\n", "3:18 sweep.lambda.log", "expected at least 2 values. Received: [1]."),
        ("sweep: {lambda: {log: [1, 2], points: 1000000}}\n", "3:31 sweep.lambda.points", "expected a number of at most 100000. Received: 1000000."),
        ("sweep: {lambda: {log: [1, 2], pionts: 10}}\n", "3:31 sweep.lambda.pionts", "unknown key. Did you mean 'points'?"),
        ("sweep: {lambda: {points: 10}}\n", "3:9 sweep.lambda.log", "missing key. [low, high], both above 0."),
        ("sweep: {lambda: {from: 0, to: 1, step: 0.3}}\n", "3:34 sweep.lambda.step", "must divide the range. Received: (1 − 0) / 0.3 = 3.33333."),
        ("sweep: {lambda: {from: 1, to: 0, step: 0.3}}\n", "3:27 sweep.lambda.to", "must be above from. Received: from 1 to 0."),
        ("sweep: {lambda: {from: 0, to: 1, step: 1e-9}}\n", "3:34 sweep.lambda.step", "a grid has at most 100000 values. Received: 1000000001."),
        ("sweep: {lambda: auto}\n", "3:9 sweep.lambda", "auto goes with model linear or polynomial and squared loss, whose largest useful λ follows from the data. Received: auto with model mlp. Give a grid, as {log: [1.0e-6, 1.0], points: 25}."),
        ("sweep: {lambda: automatic}\n", "3:9 sweep.lambda", "expected 'auto', a list, {log: [low, high], points: N, zero: true} or {from: a, to: b, step: c}. Received: 'automatic'. Did you mean 'auto'?"),
        ("split: {train: 0.5}\n", "3:1 split", "train + validation + test must be 1. Received: 0.5 + 0.2 + 0.2 = 0.9."),
        ("split: {group: a, time: b}\n", "3:1 split", "at most one of group, time and column. Received: group and time."),
        ("split: {stratify: a, time: b}\n", "3:9 split.stratify", "cannot be combined with time. Remove one of the two."),
        ("validation: 5\n", "3:1 validation", "expected 'holdout' or {folds: K, repeats: R}. Received: 5."),
        ("validation: holdut\n", "3:1 validation", "expected 'holdout' or {folds: K, repeats: R}. Received: 'holdut'. Did you mean 'holdout'?"),
        ("validation: {folds: 1}\n", "3:14 validation.folds", "expected a number of at least 2. Received: 1."),
        ("validation: {folds: 5, repeats: 0}\n", "3:24 validation.repeats", "expected a number of at least 1. Received: 0."),
        ("validation: {folds: 5, repeat: 2}\n", "3:24 validation.repeat", "unknown key. Did you mean 'repeats'?"),
        ("split: {time: a}\nvalidation: {folds: 5, repeats: 2}\n", "4:24 validation.repeats", "rows in order of split.time can be divided in one way only. Received: 2."),
        ("validation: {folds: 500, repeats: 3}\n", "3:26 validation.repeats", "at most 1000 folds in all. Received: 500 folds × 3 repeats = 1500."),
        ("validation: {folds: 100}\nsweep: {lambda: {log: [1, 2], points: 10000}}\n", "1:1 training.seeds", "a sweep has at most 250000 trials. Received: 10000 λ values × 3 seeds × 100 folds = 3000000."),
        ("training: {momentum: 0.9}\n", "3:12 training.momentum", "goes with optimizer sgd. Received: optimizer adam with momentum 0.9."),
        ("training: {loss: mse}\n", "3:12 training.loss", "expected 'auto', 'mean_squared_error', 'huber', 'binary_crossentropy' or 'categorical_crossentropy'. Received: 'mse'."),
        ("training: {loss: binary_crossentropy}\n", "3:12 training.loss", "with task regression, expected auto, mean_squared_error or huber. Received: binary_crossentropy."),
        ("training: {loss: huber}\ntask: classification\n", "3:12 training.loss", "with task classification, expected auto, binary_crossentropy or categorical_crossentropy. Received: huber."),
        ("training: {metrics: all}\n", "3:12 training.metrics", "expected 'auto' or a list of metrics. Received: 'all'."),
        ("training: {metrics: [rmse, acuracy]}\n", "3:28 training.metrics[1]", "expected 'rmse', 'mae', 'r2', 'accuracy', 'balanced_accuracy', 'roc_auc', 'pr_auc', 'log_loss' or 'calibration_error'. Received: 'acuracy'. Did you mean 'accuracy'?"),
        ("training: {metrics: [rmse, accuracy]}\n", "3:12 training.metrics", "with task regression, expected rmse, mae or r2. Received: accuracy."),
        ("training: {metrics: [mae, mae]}\n", "3:12 training.metrics", "every metric once. Received: 'mae' more than once."),
        ("training: {class_weight: balanced}\n", "3:12 training.class_weight", "goes with task classification. Received: task regression."),
        ("training: {class_weight: {a: 2}}\n", "3:12 training.class_weight", "expected 'balanced'. Received: {a: 2}."),
        ("training: {solver: exact}\ntask: classification\nmodel: {name: linear}\n", "3:12 training.solver", "exact goes with model linear or polynomial and squared loss, without input dropout, weight decay and early stopping. Received: exact with task classification."),
        ("sweep: {lambda: auto}\nmodel: {name: linear}\ntraining: {loss: huber}\n", "3:9 sweep.lambda", "auto goes with model linear or polynomial and squared loss, whose largest useful λ follows from the data. Received: auto with loss huber. Give a grid, as {log: [1.0e-6, 1.0], points: 25}."),
        ("training: {seed: 2147483647, seeds: 2}\n", "3:12 training.seed", "the last, seed + seeds − 1, must be below 2147483648. Received: seed 2147483647 and 2 seeds."),
        ("sweep: {lambda: {log: [1, 2], points: 100000}}\ntraining: {seeds: 11}\n", "4:12 training.seeds", "a sweep has at most 250000 trials. Received: 100000 λ values × 11 seeds = 1100000."),
        ("model: {name: linear}\nregularization: {dropout: 0.5}\n", "4:18 regularization.dropout", "acts after hidden layers, and model linear has none. Received: 0.5. Use input_dropout."),
        ("training: {solver: exact}\n", "3:12 training.solver", "exact goes with model linear or polynomial and squared loss, without input dropout, weight decay and early stopping. Received: exact with model mlp."),
        ("training: {solver: exact, early_stopping: {}}\nmodel: {name: linear}\nregularization: {input_dropout: 0.2}\n", "3:12 training.solver", "exact goes with model linear or polynomial and squared loss, without input dropout, weight decay and early stopping. Received: exact with input_dropout 0.2 and early_stopping."),
        ("model: {name: cnn}\n", "3:1 model.image", "model cnn needs [height, width, channels]. Received: none."),
        ("model: {image: [8, 8, 1]}\n", "3:9 model.image", "goes with model cnn. Received: model mlp."),
        ("model: {name: cnn, image: [8, 8]}\n", "3:20 model.image", "expected at least 3 values. Received: [8, 8]."),
        ("model: {name: cnn, image: [8, 3, 1]}\n", "3:1 model.filters", "each convolution halves the image, and 8 × 3 pixels do not allow that 2 times. Received: [32, 64]."),
        ("model: {name: my net}\n", "3:9 model.name", "expected at most 64 letters, digits, dots, dashes and underscores, with a letter first. Received: 'my net'."),
        ("model: {name: fancy}\n", "3:9 model.name", "expected linear, polynomial, mlp, selu_mlp or cnn. Received: 'fancy'. A model of your own comes with --plugin FILE."),
        ("model: {build: 'm.py:build'}\n", "3:9 model.build", "unknown key. Known keys: name, degree, interactions, units, activation, normalization, image, filters, kernel_size, global_pooling, options."),
        ("model: {name: selu_mlp, activation: relu}\n", "3:25 model.activation", "that of model selu_mlp is selu. Received: relu. Use model mlp."),
        ("regularization: {dropout: -0.1}\n", "3:18 regularization.dropout", "expected a number of at least 0. Received: -0.1."),
        ("regularization: {dropout: 1.0}\n", "3:18 regularization.dropout", "expected a number below 1. Received: 1.0."),
        ("regularization: {dropout: half}\n", "3:18 regularization.dropout", "expected a number, a list of numbers, or {first: a, last: b}. Received: 'half'."),
        ("regularization: {dropout: [0.1, 1]}\n", "3:33 regularization.dropout[1]", "expected a number below 1. Received: 1."),
        ("regularization: {dropout: [0.1, 0.2, 0.3]}\n", "3:18 regularization.dropout", "expected a rate for each of the model's 2 layers that drop. Received: 3 rates."),
        ("regularization: {dropout: {first: 0.1}}\n", "3:18 regularization.dropout.last", "missing key. The rate of the last hidden layer."),
        ("regularization: {dropout: {first: 0.1, last: 0.2, lst: 0.2}}\n", "3:51 regularization.dropout.lst", "unknown key. Did you mean 'last'?"),
        ("model: {units: [8]}\nregularization: {dropout: {first: 0.1, last: 0.2}}\n", "4:18 regularization.dropout", "{first, last} needs two hidden layers at least. Received: 1. Give a number."),
        ("model: {name: linear}\nregularization: {dropout: [0.1]}\n", "4:18 regularization.dropout", "acts after hidden layers, and model linear has none. Received: 0.1. Use input_dropout."),
        ("regularization: {dropout_kind: spatial_dropout}\n", "3:18 regularization.dropout_kind", "spatial_dropout drops whole filters of convolutions, and model mlp has none. Use model cnn, or another kind."),
        ("model: {options: {width: 3}}\n", "3:9 model.options", "goes with a model of your own. Received: model mlp."),
        ("findings: {ignore: [REG1]}\n", "3:21 findings.ignore[0]", "expected a finding's code, such as REG101. Received: 'REG1'."),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_with_its_place_and_remedy(write, text, place, sentence):
    path = write(SMALLEST + text)
    assert problems_of(path) == [f"{path}:{place}: {sentence}"]


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("name: a b\n", "3:1 name", "expected at most 64 letters, digits, dots, dashes and underscores, with a letter or digit first. Received: 'a b'."),
        ("dataset: {source: ames}\nname: x", "3:1 dataset.target", "missing key. The column to predict."),
        ("dataset: {source: ames, target: 2010}\nname: x", "3:25 dataset.target", "expected text. Received: 2010. Put it in quotes to make it text."),
        ("dataset: {source: ames, target: a, features: al}\nname: x", "3:36 dataset.features", "expected 'all' or a list of column names. Received: 'al'. Did you mean 'all'?"),
        ("dataset: {source: ames, target: a, features: [b, '']}\nname: x", "3:50 dataset.features[1]", "expected text that is not empty. Received: ''."),
        ("dataset: {source: ames, target: a, features: [b, a]}\nname: x", "3:36 dataset.features", "the target cannot be a feature too. Received: 'a' as both."),
        ("dataset: {source: ames, target: a, features: [b, b]}\nname: x", "3:36 dataset.features", "every column once. Received: 'b' more than once."),
        ("dataset: {source: ames, target: a, units: {a: 5}}\nname: x", "3:44 dataset.units.a", "expected text. Received: 5. Put it in quotes to make it text."),
        ("dataset: {source: ames, target: a, sha256: 12ab}\nname: x", "3:36 dataset.sha256", "expected 64 hexadecimal digits in lower case. Received: '12ab'."),
        ("dataset: {source: ames, target: a, positive: b}\nname: x", "3:36 dataset.positive", "goes with task classification. Received: task regression."),
        ("dataset: {source: ames, target: a, positive: [b]}\nname: x", "3:36 dataset.positive", "expected a class: text, a number, or true or false. Received: ['b']."),
        ("task: classification\ndataset: {source: ames, target: a, target_transform: log}\nname: x", "4:36 dataset.target_transform", "goes with task regression. Received: log with task classification."),
        ("task: classification\ndataset: {source: ames, target: a, target_scale: standardize}\nname: x", "4:36 dataset.target_scale", "classes have no scale. Received: standardize. Remove it, or say none."),
        ("dataset: ames\nname: x", "3:1 dataset", "expected keys and values. Received: 'ames'."),
    ],
)  # fmt: skip
def test_a_wrong_dataset_is_told_with_its_place_and_remedy(write, text, place, sentence):
    name = "" if "name:" in text else "name: x\n"
    whole = "# two lines\n#\n" + text + name + ("" if "dataset" in text else SMALLEST.splitlines()[1])
    path = write(whole)
    assert problems_of(path) == [f"{path}:{place}: {sentence}"]


def test_all_problems_are_told_at_once_from_the_top_of_the_file(write):
    path = write(
        "name: x\n"
        "dataset:\n"
        "  source: nowhere.csv\n"
        "  tagret: y\n"
        "training: {epochs: many, seed: -1}\n"
        "regularization:\n"
        "  lamda: 0.1\n"
        "  dropout: 1.2\n"
    )
    places = [problem.removeprefix(str(path)).split(": ")[0] for problem in problems_of(path)]
    assert places == [
        ":3:3 dataset.source",
        ":4:3 dataset.tagret",
        ":5:12 training.epochs",
        ":5:26 training.seed",
        ":7:3 regularization.lamda",
        ":8:3 regularization.dropout",
    ]


def test_a_missing_key_is_not_told_again_when_its_slip_is():
    assert problems_of("housing", "dataset={source: ames, tagret: y}") == [
        "-S 'dataset={source: ames, tagret: y}' dataset.tagret: unknown key. Did you mean 'target'?"
    ]


def test_missing_sections_are_told_at_the_top_of_the_file(write):
    path = write("# a spec\n\ntask: regression\n")
    assert problems_of(path) == [
        f"{path}:3:1 dataset: missing key. Which rows and columns.",
        f"{path}:3:1 name: missing key. Names the run folder: letters, digits, dot, dash and underscore.",
    ]


def test_long_and_unprintable_values_are_cut_to_one_line(write):
    path = write(SMALLEST + "task: " + "x" * 500 + "\n" + 'selection: "a\\e[31m\\nb"\n')
    task, selection = problems_of(path)
    assert task.endswith(f"Received: '{'x' * 58}….")
    assert selection.endswith(r"Received: 'a\x1b[31m\nb'.")
    assert selection.isprintable()


def test_of_many_problems_the_first_hundred_are_told(write):
    path = write(SMALLEST + f"selection: x\nsweep: {{lambda: [{'-1, ' * 250}]}}\n")
    problems = problems_of(path)
    assert len(problems) == 101
    assert problems[0].startswith(f"{path}:3:1 selection")
    assert problems[-1] == "… and 151 more problems."


def test_an_aliased_value_is_told_where_it_stands(write):
    path = write("name: &n 5\ndataset: {source: ames, target: *n}\n")
    assert [problem.split(": ")[0] for problem in problems_of(path)] == [
        f"{path}:1:1 name",
        f"{path}:2:25 dataset.target",
    ]


def test_names_of_columns_may_contain_anything(write):
    path = write(
        "name: x\n"
        "dataset:\n"
        "  source: ames\n"
        "  target: 'price/sqft \"net\": #1'\n"
        "  features: ['a.b', 'c[0]', ' ', '<list>', \"tab\\t\", 'größe', 'no', '1']\n"
        "  units: {'<log>': m, log: k, 'x.y': '', 1st: s, 2nd: '%'}\n"
    )
    assert problems_of(path) == []
