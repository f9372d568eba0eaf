/** Whether looking for a GPU makes sense: Linux shows GPUs as device files, unless a driver is named by hand. */
export function mayHaveGpu(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
  exists: (file: string) => boolean,
): boolean {
  if (platform !== 'linux' || environment.VK_DRIVER_FILES || environment.VK_ICD_FILENAMES) return true;
  return ['/dev/dri', '/dev/nvidia0', '/dev/dxg'].some(exists);
}
