/**
 * The engine's library has a telemetry client of its own: it makes a device id in the home folder and looks its server
 * up. It reads this variable when it is loaded, and only then.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
