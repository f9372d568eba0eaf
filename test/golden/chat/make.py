"""Writes cases.json: what transformers' apply_chat_template makes of conversations with templates of the common kinds,
as text, and as ids with the mask of what the assistant says.

    pip install transformers jinja2
    python test/golden/chat/make.py

The templates are small ones of the kind that SmolLM2, ChatML, Llama 3, Qwen2.5, Qwen3, Gemma, Mistral and Phi have.
The date is the one that extension/data/tokenizer/text/strftime.ts has.
"""

import datetime
import json
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

FOLDER = Path(__file__).parent


class FixedDate(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = FixedDate

TEMPLATES = {
    "chatml": """{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""",
    "smollm2": """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}""",
    "llama3": """{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}""",
    "llama3-dated": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{{- "Today Date: " + date_string + "\n\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
""",
    "qwen2.5": """{%- if messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
{%- else %}
    {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
""",
    "qwen3": """{%- set ns = namespace(last_query=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if message.role == "user" and ns.last_query == messages|length - 1 %}
        {%- set ns.last_query = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- elif '</think>' in message.content %}
            {%- set content = message.content.split('</think>')[-1].lstrip('\n') %}
            {%- set reasoning_content = message.content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query and (loop.last or reasoning_content) %}
            {{- '<|im_start|>assistant\n<think>\n' + reasoning_content.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- '<|im_start|>assistant\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
""",
    "gemma": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}""",
    "mistral": """{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'].strip() + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}""",
    "phi3": """{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{% generation %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endgeneration %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}""",
    "plain": """{% for message in messages -%}
    ### {{ message.role|title }}:
    {{ message.content | trim }}

{% endfor %}
{%- if add_generation_prompt -%} ### Assistant:
{% endif %}""",
    "spaces": """{% for m in messages %}[{{ m.content.strip() }}|{{ m.content.lstrip() }}|{{ m.content.rstrip() }}|{{ m.content | trim }}|{{ m.content.strip('\n .') }}|{{ (m.content ~ '  ') | trim | upper }}|{{ m['name'] | default('nobody', true) }}]
{% endfor %}{% for i in range(2, 6, 2) %}{{ i }},{% endfor %}{{ strftime_now('%A %-d %B %Y %H:%M %a %b %y %%') }}""",
}

user = lambda content, **more: {"role": "user", "content": content, **more}
assistant = lambda content, **more: {"role": "assistant", "content": content, **more}
system = lambda content: {"role": "system", "content": content}
CONVERSATIONS = {
    "one turn": [user("What is 2 + 2?"), assistant("4")],
    "two turns": [user("Hi"), assistant("Hello!\nHow can I help?"), user("Bye"), assistant("Bye.")],
    "system": [system("Be brief."), user("Who are you?"), assistant("A model.")],
    "question": [user("Am I alone?")],
    "white space": [user("  \n spaced\t\n"), assistant("\n\n answer \u3000\n")],
    "odd spaces": [user("\ufeffmark\u0085"), assistant("\x1cfs\x1f .\n"), user("\u00a0nbsp\u200b"), assistant("\u2028")],
    "scripts": [user("東京 😀 <|im_end|> {{ x }} {% if %}"), assistant("Zoë's \"quotes\" \\n 'x' & <b>")],
    "thinking": [user("Why?"), assistant("<think>\n  Because.\n\n</think>\n\n  So."), user("And?"), assistant("<think>\nHm\n</think>\nYes.")],
    "reasoning": [user("Why?"), assistant("So.", reasoning_content="Because."), user("x"), assistant("y", reasoning="z")],
    "not alternating": [user("a"), user("b"), assistant("c"), assistant("d")],
    "tools": [
        user("Weather in Oslo?", name="Zoë"),
        assistant("", tool_calls=[{"type": "function", "function": {"name": "weather", "arguments": {"city": "Øslo \u2028 <x>", "days": 3, "exact": 0.5, "list": [True, None]}}}]),
        {"role": "tool", "content": "12 °C"},
        assistant("It is 12 °C.", name=None),
    ],
}

SPECIALS = {"bos_token": "<bos>", "eos_token": "<eos>"}
tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(FOLDER.parent / "tokenizers/bytelevel/tokenizer.json"), **SPECIALS)


def render(template, conversation, is_open, tokenizer=tokenizer):
    try:
        return {"text": tokenizer.apply_chat_template(conversation, chat_template=template, tokenize=False, add_generation_prompt=is_open)}
    except Exception as error:
        return {"error": str(error)}


def tagged(name):
    """A template with `{% generation %}` around what the assistant says and what ends its turn."""
    return {
        "chatml": TEMPLATES["chatml"].replace(
            "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}",
            "{{ '<|im_start|>' + message['role'] + '\n' }}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\n' }}",
        ),
        "llama3": TEMPLATES["llama3"]
        .replace("\n\n'+ message['content'] | trim + '<|eot_id|>' %}", "\n\n' %}")
        .replace(
            "{{ content }}",
            "{{ content }}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] | trim + '<|eot_id|>' }}{% endgeneration %}{% else %}{{ message['content'] | trim + '<|eot_id|>' }}{% endif %}",
        ),
        "gemma": TEMPLATES["gemma"].replace(
            "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}",
            "{{ '<start_of_turn>' + role + '\n' }}{% if role == 'model' %}{% generation %}{{ message['content'] | trim + '<end_of_turn>' }}{% endgeneration %}{% else %}{{ message['content'] | trim + '<end_of_turn>' }}{% endif %}{{ '\n' }}",
        ),
        "mistral": TEMPLATES["mistral"].replace(
            "{{ ' ' + message['content'].strip() + eos_token}}",
            "{% generation %}{{ ' ' + message['content'].strip() + eos_token}}{% endgeneration %}",
        ),
    }[name]


def masks(name, tokenizer_name, **specials):
    """Ids and loss masks by transformers, over the tokenizers of ../tokenizers/decoders.json."""
    definition = DECODERS["tokenizers"][tokenizer_name]["definition"]
    made = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(definition)), **specials)
    result = {}
    for title, messages in CONVERSATIONS.items():
        text = render(TEMPLATES[name], messages, False, made).get("text")
        if text is None or messages[-1]["role"] != "assistant" or title == "tools":
            continue
        one = made.apply_chat_template(messages, chat_template=tagged(name), return_dict=True, return_assistant_tokens_mask=True)
        whole = made(text, add_special_tokens=False)["input_ids"]
        assert one["input_ids"] == whole, (name, title)
        result[title] = {"ids": whole, "inLoss": one["assistant_masks"]}
    return {"tokenizer": tokenizer_name, "specials": specials, "conversations": result}


DECODERS = json.loads((FOLDER.parent / "tokenizers/decoders.json").read_text(encoding="utf8"))
golden = {
    "masks": {
        "chatml": masks("chatml", "qwen2", eos_token="<|im_end|>"),
        "llama3": masks("llama3", "llama3", bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"),
        "gemma": masks("gemma", "gemma", bos_token="<bos>", eos_token="<eos>"),
        "mistral": masks("mistral", "mistral", bos_token="<s>", eos_token="</s>"),
    },
    "specials": SPECIALS,
    "templates": TEMPLATES,
    "conversations": CONVERSATIONS,
    "renderings": {
        name: {title: [render(template, messages, is_open) for is_open in (False, True)] for title, messages in CONVERSATIONS.items()}
        for name, template in TEMPLATES.items()
    },
}
(FOLDER / "cases.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
