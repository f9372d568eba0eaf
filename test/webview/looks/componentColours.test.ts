import { describe, expect, it } from 'vitest';
import { componentColours } from '../../../webview/looks/componentColours.ts';
import { testTheme } from '../../support/testTheme.ts';

describe('colours of components', () => {
  it('come once each, however many methods and parts a chart has', () => {
    const names = Array.from({ length: 16 }, (_, method) => [`m${method}/gain`, `m${method}/bias`]).flat();
    const colours = componentColours([...names, 'head'], testTheme());
    expect(new Set(colours).size).toBe(33);
  });
});
