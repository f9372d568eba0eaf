import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubSettings, withoutDownloads } from '../../extension/hub/hubSettings.ts';

describe('hubSettings', () => {
  it.each([
    [{}, join(homedir(), '.cache', 'huggingface', 'hub')],
    [{ XDG_CACHE_HOME: '/x' }, join('/x', 'huggingface', 'hub')],
    [{ HF_HOME: '/h', XDG_CACHE_HOME: '/x' }, join('/h', 'hub')],
    [{ HF_HOME: '~/models' }, join(homedir(), 'models', 'hub')],
    [{ HF_HOME: '$DISK/hf', DISK: '/big' }, join('/big/hf', 'hub')],
    [{ HF_HUB_CACHE: '/c', HF_HOME: '/h' }, '/c'],
    [{ HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
  ])('%j: cache in %s', (environment: Record<string, string>, cache) => {
    expect(hubSettings({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', ...environment }).cache).toBe(cache);
  });

  it('takes endpoint and offline mode', () => {
    expect(hubSettings({ HF_HOME: '/none' })).toMatchObject({ endpoint: 'https://huggingface.co', offline: false });
    expect(hubSettings({ HF_ENDPOINT: 'https://mirror/' }).endpoint).toBe('https://mirror');
    expect(hubSettings({ HF_HUB_OFFLINE: 'yes' }).offline).toBe('asked');
    expect(hubSettings({ TRANSFORMERS_OFFLINE: '1' }).offline).toBe('asked');
    expect(hubSettings({ HF_HUB_OFFLINE: '0' }).offline).toBe(false);
    expect(hubSettings(withoutDownloads({ HF_HUB_OFFLINE: '0' })).offline).toBe('looks');
    expect(hubSettings(withoutDownloads({ HF_HUB_OFFLINE: '1' })).offline).toBe('asked');
  });

  it('prefers HF_TOKEN to the saved one, which can be switched off', () => {
    const home = mkdtempSync(join(tmpdir(), 'home-'));
    try {
      writeFileSync(join(home, 'token'), ' saved\n');
      expect(hubSettings({ HF_HOME: home }).token).toBe('saved');
      expect(hubSettings({ HF_HOME: home, HF_TOKEN: 'given' }).token).toBe('given');
      expect(hubSettings({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }).token).toBeUndefined();
      expect(hubSettings({ HF_HOME: join(home, 'none') }).token).toBeUndefined();
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
