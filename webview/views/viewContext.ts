import type { PageMessage } from '../../extension/contract/panel.ts';
import type { ChartBoard } from '../charts/chartBoard.ts';
import type { Theme } from '../looks/theme.ts';
import type { Memory } from '../page/memory.ts';
import type { Message, PageState } from '../state/state.ts';

/** The input of every view. */
export interface ViewContext {
  readonly state: PageState;
  readonly theme: Theme;
  readonly board: ChartBoard;
  readonly memory: Memory;
  readonly dispatch: (message: Message) => void;
  /** To the host; a report answers for itself. */
  readonly send: (message: PageMessage) => void;
}
