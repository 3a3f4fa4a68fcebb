/* A stand-in for libnvidia-ml.so.1: GPUs whose power is piecewise constant, told by a file.
 *
 * The energy counter is the exact integral of the power, seen at the ticks of the counter's own update period. Time is
 * virtual: every call takes a stated cost, and a test advances it; so the true energy of any span is known exactly.
 * With `clock real` it is the machine's steady clock instead.
 *
 * The file named by NVML_STANDIN holds lines of words:
 *   clock virtual|real              call_ns N              no-nvml
 *   gpu UUID NAME PERIOD_S PHASE_S LIMIT_W                 (one a GPU, in order)
 *   power GPU FROM_S W                                     (ascending; the last one goes on)
 *   reset GPU AT_S   backwards GPU AT_S MJ   lost GPU AT_S   no-counter GPU   still GPU AT_S   mig GPU
 *   process GPU PID FROM_S TO_S      throttle GPU FROM_S TO_S MASK      no-instant GPU      average GPU SECONDS
 *   driver VERSION CUDA              persistence GPU 0|1|2              (not told where the line is absent; 2: forbidden)
 *   blind GPU AT_S (its power is no longer told)     sensor GPU PERIOD_S (its power is looked at so often)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GPUS = 16, PROCESSES = 32 };
enum { OK = 0, UNINITIALISED = 1, INVALID = 2, NOT_SUPPORTED = 3, FORBIDDEN = 4, NOT_FOUND = 6, SMALL = 7, DRIVER = 9,
       LOST = 15, UNKNOWN = 999 };

typedef struct { double from_s, power_w, energy_j; } Step;
typedef struct {
    char uuid[96], name[96];
    double period_s, phase_s, limit_w, reset_s, back_s, back_mj, lost_s, still_s, average_s, blind_s, sensor_s;
    double throttle_from_s, throttle_to_s;
    unsigned long long throttle;
    int no_counter, mig, no_instant, persistence, steps, room;
    Step *step;
} Gpu;
typedef struct { int gpu; unsigned pid; double from_s, to_s; } Process;
typedef struct { unsigned pid; unsigned long long memory; unsigned instance, compute; } ProcessInfo;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned gpu, memory; } Utilisation;
typedef union { double d; unsigned ui; unsigned long ul; unsigned long long ull; } Value;
typedef struct { unsigned id, scope; long long timestamp, latency; int type, result; Value value; } Field;

static Gpu gpu[GPUS];
static Process process[PROCESSES];
static int gpus, processes, loaded, real_clock, no_nvml, users, cuda;
static char driver[64];
static double call_s = 50e-6, virtual_s;

static double steady_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static double now_s(void) {
    static double start_s;
    if (!real_clock) return virtual_s;
    if (start_s == 0) start_s = steady_s();
    return steady_s() - start_s;
}

static void add_step(Gpu *g, double from_s, double power_w) {
    if (g->steps == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        g->step = realloc(g->step, (size_t)g->room * sizeof *g->step);
        if (!g->step) abort();
    }
    Step *last = g->steps ? &g->step[g->steps - 1] : NULL;
    double energy_j = last ? last->energy_j + last->power_w * (from_s - last->from_s) : 0;
    g->step[g->steps++] = (Step){from_s, power_w, energy_j};
}

static void read_line(const char *line) {
    char word[32], uuid[96], name[96];
    double a, b, c;
    unsigned n, pid, mask;
    if (sscanf(line, "%31s", word) != 1) return;
    if (!strcmp(word, "clock")) real_clock = strstr(line, "real") != NULL;
    else if (!strcmp(word, "no-nvml")) no_nvml = 1;
    else if (sscanf(line, "call_ns %lf", &a) == 1) call_s = a * 1e-9;
    else if (sscanf(line, "gpu %95s %95s %lf %lf %lf", uuid, name, &a, &b, &c) == 5 && gpus < GPUS) {
        Gpu *g = &gpu[gpus++];
        strcpy(g->uuid, uuid);
        strcpy(g->name, name);
        g->period_s = a, g->phase_s = b, g->limit_w = c;
        g->persistence = -1;
        g->reset_s = g->back_s = g->lost_s = g->still_s = g->blind_s = INFINITY;
    }
    else if (sscanf(line, "power %u %lf %lf", &n, &a, &b) == 3) add_step(&gpu[n], a, b);
    else if (sscanf(line, "reset %u %lf", &n, &a) == 2) gpu[n].reset_s = a;
    else if (sscanf(line, "backwards %u %lf %lf", &n, &a, &b) == 3) gpu[n].back_s = a, gpu[n].back_mj = b;
    else if (sscanf(line, "lost %u %lf", &n, &a) == 2) gpu[n].lost_s = a;
    else if (sscanf(line, "still %u %lf", &n, &a) == 2) gpu[n].still_s = a;
    else if (sscanf(line, "blind %u %lf", &n, &a) == 2) gpu[n].blind_s = a;
    else if (sscanf(line, "sensor %u %lf", &n, &a) == 2) gpu[n].sensor_s = a;
    else if (sscanf(line, "no-counter %u", &n) == 1) gpu[n].no_counter = 1;
    else if (sscanf(line, "no-instant %u", &n) == 1) gpu[n].no_instant = 1;
    else if (sscanf(line, "average %u %lf", &n, &a) == 2) gpu[n].average_s = a;
    else if (sscanf(line, "mig %u", &n) == 1) gpu[n].mig = 1;
    else if (sscanf(line, "persistence %u %u", &n, &pid) == 2) gpu[n].persistence = (int)pid;
    else if (sscanf(line, "driver %63s %u", driver, &n) == 2) cuda = (int)n;
    else if (sscanf(line, "throttle %u %lf %lf %u", &n, &a, &b, &mask) == 4)
        gpu[n].throttle_from_s = a, gpu[n].throttle_to_s = b, gpu[n].throttle = mask;
    else if (sscanf(line, "process %u %u %lf %lf", &n, &pid, &a, &b) == 4 && processes < PROCESSES)
        process[processes++] = (Process){(int)n, pid, a, b};
    else { fprintf(stderr, "stand-in: %s", line); abort(); }
}

static void load_from(const char *path) {
    FILE *file = fopen(path, "r");
    char line[512];
    for (int i = 0; i < GPUS; i++) free(gpu[i].step);
    memset(gpu, 0, sizeof gpu);
    gpus = processes = real_clock = no_nvml = cuda = 0;
    strcpy(driver, "580.0-standin");
    call_s = 50e-6, virtual_s = 0, loaded = 1;
    if (!file) { no_nvml = 1; return; }
    while (fgets(line, sizeof line, file)) read_line(line);
    fclose(file);
}

static void load(void) {
    if (!loaded) load_from(getenv("NVML_STANDIN") ? getenv("NVML_STANDIN") : "");
}

static const Step *step_at(const Gpu *g, double t) {
    int low = 0, high = g->steps - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (g->step[middle].from_s <= t) low = middle; else high = middle - 1;
    }
    return &g->step[low];
}

static double energy_j(const Gpu *g, double t) {
    if (t <= 0 || !g->steps) return 0;
    const Step *s = step_at(g, t);
    return s->energy_j + s->power_w * (t - s->from_s);
}

static double counter_mj(const Gpu *g, double now) {
    double tick = g->phase_s + floor((now - g->phase_s) / g->period_s) * g->period_s;
    if (tick > g->still_s) tick = g->still_s;
    if (tick >= g->reset_s) return floor(1000 * (energy_j(g, tick) - energy_j(g, g->reset_s)));
    return 123456789 + floor(1000 * energy_j(g, tick)) - (tick >= g->back_s ? g->back_mj : 0);
}

/* What tests ask for. */
void standin_load(const char *path) { load_from(path); }
double standin_now(void) { load(); return now_s(); }
void standin_set_power(int n, double power_w) { load(); add_step(&gpu[n], now_s(), power_w); }
void standin_advance(double s) { load(); virtual_s += s; }
double standin_true_j(int n, double from_s, double to_s) { load(); return energy_j(&gpu[n], to_s) - energy_j(&gpu[n], from_s); }

/* A call on a device: it takes its time, and fails if the GPU is lost by then. */
static int called(void *device) {
    Gpu *g = device;
    if (!users) return UNINITIALISED;
    if (!real_clock) virtual_s += call_s;
    return g && now_s() >= g->lost_s ? LOST : OK;
}
#define CALLED(device) do { int failed = called(device); if (failed) return failed; } while (0)

int nvmlInitWithFlags(unsigned flags) { (void)flags; load(); if (no_nvml) return DRIVER; users++; return OK; }
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { if (!users) return UNINITIALISED; users--; return OK; }
const char *nvmlErrorString(int error) {
    switch (error) {
    case OK: return "Success";
    case UNINITIALISED: return "Uninitialized";
    case NOT_SUPPORTED: return "Not Supported";
    case DRIVER: return "Driver Not Loaded";
    case LOST: return "GPU is lost";
    default: return "Error";
    }
}
int nvmlSystemGetDriverVersion(char *text, unsigned size) { CALLED(NULL); snprintf(text, size, "%s", driver); return OK; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { CALLED(NULL); *version = cuda; return cuda ? OK : NOT_SUPPORTED; }
int nvmlDeviceGetPersistenceMode(void *device, unsigned *mode) {
    Gpu *g = device;
    CALLED(device);
    if (g->persistence < 0) return NOT_SUPPORTED;
    if (g->persistence > 1) return FORBIDDEN;
    *mode = (unsigned)g->persistence;
    return OK;
}
int nvmlDeviceGetCount_v2(unsigned *count) { CALLED(NULL); *count = (unsigned)gpus; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned n, void **device) {
    CALLED(NULL);
    if (n >= (unsigned)gpus) return INVALID;
    *device = &gpu[n];
    return OK;
}
int nvmlDeviceGetIndex(void *device, unsigned *n) { CALLED(device); *n = (unsigned)((Gpu *)device - gpu); return OK; }
int nvmlDeviceGetName(void *device, char *text, unsigned size) { CALLED(device); snprintf(text, size, "%s", ((Gpu *)device)->name); return OK; }
int nvmlDeviceGetUUID(void *device, char *text, unsigned size) { CALLED(device); snprintf(text, size, "%s", ((Gpu *)device)->uuid); return OK; }
int nvmlDeviceGetMemoryInfo(void *device, Memory *memory) {
    CALLED(device);
    *memory = (Memory){85899345920ULL, 85899345920ULL, 0};
    return OK;
}
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *mw) { CALLED(device); *mw = (unsigned)(1000 * ((Gpu *)device)->limit_w); return OK; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj) {
    CALLED(device);
    if (((Gpu *)device)->no_counter) return NOT_SUPPORTED;
    *mj = (unsigned long long)counter_mj(device, now_s());
    return OK;
}
static unsigned power_mw(const Gpu *g) {
    double now = now_s(), from = fmax(0, now - g->average_s);
    double w = g->average_s > 0 && now > from ? (energy_j(g, now) - energy_j(g, from)) / (now - from) : step_at(g, now)->power_w;
    return (unsigned)(1000 * w);
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *mw) { CALLED(device); *mw = power_mw(device); return OK; }
int nvmlDeviceGetFieldValues(void *device, int count, Field *field) {
    CALLED(device);
    const Gpu *g = device;
    double now = now_s(), seen = g->sensor_s > 0 ? floor(now / g->sensor_s) * g->sensor_s : now;
    for (int i = 0; i < count; i++) {
        int known = field[i].id == 186 && !g->no_instant, blind = now >= g->blind_s;
        field[i].result = !known ? NOT_SUPPORTED : blind ? UNKNOWN : OK;
        field[i].type = 1;
        field[i].value.ui = known && !blind ? (unsigned)(1000 * step_at(g, seen)->power_w) : 0;
    }
    return OK;
}
int nvmlDeviceGetUtilizationRates(void *device, Utilisation *rates) { CALLED(device); *rates = (Utilisation){50, 10}; return OK; }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) { (void)sensor; CALLED(device); *celsius = 40; return OK; }
int nvmlDeviceGetComputeMode(void *device, int *mode) { CALLED(device); *mode = 0; return OK; }
int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    CALLED(device);
    if (!((Gpu *)device)->mig) return NOT_SUPPORTED;
    *current = *pending = 1;
    return OK;
}
int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *mask) {
    Gpu *g = device;
    CALLED(device);
    *mask = now_s() >= g->throttle_from_s && now_s() < g->throttle_to_s ? g->throttle : 0;
    return OK;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, ProcessInfo *info) {
    unsigned found = 0;
    CALLED(device);
    for (int i = 0; i < processes; i++) {
        Process *p = &process[i];
        if (&gpu[p->gpu] != device || now_s() < p->from_s || now_s() >= p->to_s) continue;
        if (info && found < *count) info[found] = (ProcessInfo){p->pid, 1u << 30, ~0u, ~0u};
        found++;
    }
    int small = found > (info ? *count : 0);
    *count = found;
    return small ? SMALL : OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *count, ProcessInfo *info) {
    (void)info;
    CALLED(device);
    *count = 0;
    return OK;
}
/* A GPU of the Ampere generation, without a link to its CPU. */
int nvmlDeviceGetArchitecture(void *device, unsigned *architecture) { CALLED(device); *architecture = 7; return OK; }
int nvmlDeviceGetC2cModeInfoV(void *device, void *info) { (void)info; CALLED(device); return NOT_SUPPORTED; }
