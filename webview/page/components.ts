import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { type Child, type Description, h, takeKey } from './dom.ts';

/** Everything that the page takes from the component set is in this file: another set means another file. */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodePanels(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodeTextField(),
  );
}

export function icon(name: string, label?: string): Description {
  return h('span', {
    class: `codicon codicon-${name}`,
    attributes: label === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label },
  });
}

export function button(options: {
  /** Where another button may come in its place: what is pressed twice must not do both. */
  readonly key?: string;
  readonly label: string;
  readonly icon?: string;
  readonly isPrimary?: boolean;
  /** There is nothing to do just now: the button keeps its place and the keyboard's focus. */
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}): Description {
  return h(
    'vscode-button',
    {
      ...(options.key !== undefined && { key: options.key }),
      class: options.isDisabled ? 'disabled' : '',
      attributes: { appearance: options.isPrimary ? 'primary' : 'secondary', 'aria-disabled': options.isDisabled },
      on: options.isDisabled ? {} : { click: options.onClick },
    },
    [
      options.icon !== undefined &&
        h('span', { class: `codicon codicon-${options.icon}`, attributes: { slot: 'start', 'aria-hidden': 'true' } }),
      options.label,
    ],
  );
}

export function iconButton(options: {
  readonly label: string;
  readonly icon: string;
  readonly isPressed?: boolean;
  readonly onClick: () => void;
}): Description {
  return h(
    'vscode-button',
    {
      class: options.isPressed ? 'pressed' : '',
      attributes: {
        appearance: 'icon',
        'aria-label': options.label,
        'aria-pressed': options.isPressed === undefined ? undefined : String(options.isPressed),
        title: options.label,
      },
      on: { click: options.onClick },
    },
    [icon(options.icon)],
  );
}

export function checkbox(options: {
  readonly label: string;
  readonly isChecked: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isChecked: boolean) => void;
}): Description {
  return h(
    'vscode-checkbox',
    {
      properties: { checked: options.isChecked, disabled: options.isDisabled ?? false },
      on: {
        change: (event) => {
          const { checked } = event.target as HTMLInputElement;
          // Setting the property from here fires the event too.
          if (checked !== options.isChecked) options.onChange(checked);
        },
      },
    },
    [options.label],
  );
}

export function dropdown<T extends string>(options: {
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): Description {
  return h(
    'vscode-dropdown',
    {
      attributes: { 'aria-label': options.label, title: options.label },
      properties: { value: options.value },
      on: {
        change: (event) => {
          const value = (event.target as HTMLSelectElement).value as T;
          if (value !== options.value) options.onChange(value);
        },
      },
    },
    options.choices.map(({ value, text }) => h('vscode-option', { key: value, attributes: { value } }, [text])),
  );
}

export function textField(options: {
  readonly label: string;
  readonly placeholder: string;
  readonly icon: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}): Description {
  return h(
    'vscode-text-field',
    {
      attributes: { 'aria-label': options.label, placeholder: options.placeholder },
      properties: { value: options.value },
      on: { input: (event) => options.onInput((event.target as HTMLInputElement).value) },
    },
    [
      h('span', { class: `codicon codicon-${options.icon}`, attributes: { slot: 'start', 'aria-hidden': 'true' } }, [
        // The field is named by its text, whatever its aria-label says.
        h('span', { attributes: { hidden: true } }, [options.label]),
      ]),
    ],
  );
}

/** Several lines, as high as they are. */
export function textArea(options: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly onKey: (event: KeyboardEvent) => void;
}): Description {
  return h('textarea', {
    attributes: {
      'aria-label': options.label,
      placeholder: options.placeholder,
      rows: 2,
      spellcheck: 'false',
      dir: 'auto',
    },
    properties: { value: options.value },
    on: {
      input: (event) => options.onInput((event.target as HTMLTextAreaElement).value),
      keydown: (event) => options.onKey(event as KeyboardEvent),
    },
  });
}

/** A number in a field, as it is typed; what is wrong with it is said below. */
export function numberField(options: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly step: number;
  readonly problem: string | undefined;
  readonly onInput: (value: string) => void;
}): Description {
  const { label, hint, value, step, problem } = options;
  return h('label', { class: 'number-field', attributes: { title: hint } }, [
    h('span', {}, [label]),
    h('input', {
      attributes: { type: 'text', inputmode: 'decimal', 'aria-invalid': problem === undefined ? undefined : 'true' },
      properties: { value },
      on: {
        input: (event) => options.onInput((event.target as HTMLInputElement).value),
        keydown: (event) => {
          const by = { ArrowUp: step, ArrowDown: -step }[(event as KeyboardEvent).key];
          // The field itself knows what was typed a moment ago.
          const now = Number((event.target as HTMLInputElement).value);
          if (by === undefined || !Number.isFinite(now)) return;
          takeKey(event);
          options.onInput(String(Number((now + by).toFixed(6))));
        },
      },
    }),
    problem !== undefined && h('span', { class: 'problem', attributes: { role: 'alert' } }, [problem]),
  ]);
}

/** Only the view in front has content: charts out of sight cost nothing. */
export function tabs<T extends string>(options: {
  readonly label: string;
  /** A hidden one is there but not offered: the set loses its place when tabs come and go. */
  readonly tabs: readonly { readonly id: T; readonly text: string; readonly isHidden?: boolean }[];
  readonly current: T;
  readonly onChange: (id: T) => void;
  readonly content: readonly Child[];
}): Description {
  return h(
    'vscode-panels',
    {
      attributes: { 'aria-label': options.label, activeid: `tab-${options.current}` },
      on: {
        change: (event) => {
          // The attribute follows a turn later; the event carries the tab itself.
          const tab: unknown = (event as CustomEvent).detail;
          const id = options.tabs.find(({ id }) => tab instanceof Element && tab.id === `tab-${id}`)?.id;
          if (id !== undefined && id !== options.current) options.onChange(id);
        },
      },
    },
    [
      ...options.tabs.map(({ id, text, isHidden }) =>
        h('vscode-panel-tab', { key: `tab-${id}`, attributes: { id: `tab-${id}`, hidden: isHidden } }, [text]),
      ),
      ...options.tabs.map(({ id }) =>
        h(
          'vscode-panel-view',
          { key: `view-${id}`, attributes: { id: `view-${id}` } },
          id === options.current ? options.content : [],
        ),
      ),
    ],
  );
}

/** One of a few, all in sight. */
export function segmented<T extends string>(options: {
  readonly label: string;
  readonly name: string;
  readonly choices: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): Description {
  return h(
    'div',
    { class: 'segmented', attributes: { role: 'radiogroup', 'aria-label': options.label } },
    options.choices.map(({ value, text }) =>
      h('label', { key: value, class: value === options.value ? 'chosen' : '' }, [
        h('input', {
          attributes: { type: 'radio', name: options.name, value },
          properties: { checked: value === options.value },
          on: { change: () => options.onChange(value) },
        }),
        text,
      ]),
    ),
  );
}

export function slider(options: {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** Explains the value, for eyes and for screen readers. */
  readonly text: string;
  readonly onInput: (value: number) => void;
}): Description {
  const { min, max, step, value } = options;
  return h('label', { class: 'slider' }, [
    h('span', {}, [options.label]),
    h('input', {
      attributes: { type: 'range', min, max, step, 'aria-valuetext': options.text },
      properties: { value: String(value) },
      on: { input: (event) => options.onInput(Number((event.target as HTMLInputElement).value)) },
    }),
    h('span', { class: 'slider-text' }, [options.text]),
  ]);
}
