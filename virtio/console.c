/* Consoles and serial ports, several in one device. [virtio1.2 5.3]
 *
 * A port's bytes come from a character device and go to one, whose functions want the machine's lock. The device's thread
 * calls them in a moment without the device's lock, during which a request counts as under way, so that a reset waits.
 * What comes in is kept in a buffer of the port until the driver gives memory for it.
 *
 * Left out: sizes of the terminal, ports that come and go. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "host/chardev.h"
#include "virtio/device.h"
#include "virtio/types.h"

#define F_MULTIPORT VIRTIO_BIT(1)

enum {
    PORTS_MOST = 31,
    QUEUE_SIZE = 128,
    CONFIG_BYTES = 12,
    IN_BYTES = 4096,
    OUT_MOST = 1 << 20,
    NAME_MOST = 127
};
enum {
    CONTROL_TO_DRIVER = 2,
    CONTROL_TO_DEVICE = 3,
    CONTROL_BYTES = 8,
    MESSAGES_MOST = 4 * PORTS_MOST
};
enum {
    DEVICE_READY,
    PORT_ADD,
    PORT_REMOVE,
    PORT_READY,
    CONSOLE_PORT,
    RESIZE,
    PORT_OPEN,
    PORT_NAME
};

struct options {
    struct virtio_options virtio;
    uint32_t max_ports;
};

struct console;

struct port {
    struct console *console;
    unsigned number;
    bool is_console, exists;
    struct chardev *chardev; /* NULL: nobody listens */
    char name[NAME_MOST + 1];
    /* Under the device's lock. */
    bool is_open;     /* by the guest */
    bool wants_input; /* the character device was told that there is no room */
    uint8_t in[IN_BYTES];
    unsigned in_used;
    uint8_t *out; /* what the character device had no room for */
    size_t out_size, out_done;
};

struct message {
    uint32_t port;
    uint16_t event, value;
};

struct console {
    struct virtio_device virtio;
    struct options options;
    struct port ports[PORTS_MOST];
    struct message messages[MESSAGES_MOST]; /* for the driver, a ring */
    unsigned first_message, n_messages;
};

static unsigned queue_in(unsigned port)
{
    return port ? 2 * port + 2 : 0;
}

static bool is_multiport(const struct console *c)
{
    return c->virtio.features & F_MULTIPORT;
}

/* ---- a moment with the machine's lock, device's lock held before and after ---- */

static void leave(struct console *c)
{
    virtio_begin(&c->virtio);
    virtio_unlock(&c->virtio);
    accel_lock(c->virtio.accel);
}

static void come_back(struct console *c)
{
    accel_unlock(c->virtio.accel);
    virtio_lock(&c->virtio);
    virtio_end(&c->virtio);
}

/* ---- out of the guest ---- */

static void has_room(void *opaque)
{
    struct port *p = opaque;

    virtio_kick(&p->console->virtio, queue_in(p->number) + 1);
}

static void drop_out(struct port *p)
{
    free(p->out);
    p->out = NULL;
}

/* False while some of it is left, or after a reset. */
static bool flush(struct console *c, struct port *p)
{
    if (!p->out)
        return true;
    if (p->chardev) {
        leave(c);
        p->out_done += chardev_write(p->chardev, p->out + p->out_done, p->out_size - p->out_done);
        chardev_set_room(p->chardev, p->out_done < p->out_size ? has_room : NULL, p);
        come_back(c);
        if (virtio_is_live(&c->virtio) && p->out_done < p->out_size)
            return false;
    }
    drop_out(p);
    return virtio_is_live(&c->virtio);
}

static void take_out(struct port *p, const struct virtq_chain *chain)
{
    p->out_size = chain->out_bytes < OUT_MOST ? (size_t)chain->out_bytes : OUT_MOST;
    p->out_done = 0;
    p->out = p->out_size ? malloc(p->out_size) : NULL;
    if (p->out)
        virtq_read(chain, 0, p->out, p->out_size);
}

static void process_out(struct console *c, struct port *p)
{
    struct virtio_device *d = &c->virtio;
    unsigned queue = queue_in(p->number) + 1;
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (flush(c, p) && virtq_pop(q, d->chain)) {
            take_out(p, d->chain);
            virtq_push(q, d->chain->head, 0);
            virtio_signal(d, queue);
        }
        if (p->out)
            return; /* has_room() comes */
    } while (virtio_is_live(d) && virtq_enable_kicks(q));
}

/* ---- into the guest ---- */

/* Machine's lock held. */
static size_t can_read(void *opaque)
{
    struct port *p = opaque;
    size_t room = 0;

    virtio_lock(&p->console->virtio);
    if (virtio_is_live(&p->console->virtio) && (p->is_open || !is_multiport(p->console)))
        room = IN_BYTES - p->in_used;
    p->wants_input = !room;
    pthread_mutex_unlock(&p->console->virtio.lock);
    return room;
}

static void read_in(void *opaque, const uint8_t *data, size_t size)
{
    struct port *p = opaque;

    virtio_lock(&p->console->virtio);
    if (size > IN_BYTES - p->in_used)
        size = IN_BYTES - p->in_used;
    memcpy(p->in + p->in_used, data, size);
    p->in_used += (unsigned)size;
    pthread_mutex_unlock(&p->console->virtio.lock);
    virtio_kick(&p->console->virtio, queue_in(p->number));
}

static void tell_room(struct console *c, struct port *p)
{
    if (!p->wants_input || p->in_used == IN_BYTES || !p->chardev)
        return;
    p->wants_input = false;
    leave(c);
    chardev_input_ready(p->chardev);
    come_back(c);
}

static void process_in(struct console *c, struct port *p)
{
    struct virtio_device *d = &c->virtio;
    unsigned queue = queue_in(p->number);
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (p->in_used && virtq_pop(q, d->chain)) {
            unsigned size = (unsigned)virtq_write(q, d->chain, 0, p->in, p->in_used);

            p->in_used -= size;
            memmove(p->in, p->in + size, p->in_used);
            virtq_push(q, d->chain->head, size);
            virtio_signal(d, queue);
        }
    } while (p->in_used && virtq_enable_kicks(q));
    tell_room(c, p);
}

/* ---- control ---- */

static void say(struct console *c, unsigned port, unsigned event, unsigned value)
{
    if (c->n_messages == MESSAGES_MOST)
        return; /* a driver that asks without end, and does not listen */
    c->messages[(c->first_message + c->n_messages++) % MESSAGES_MOST] =
        (struct message){ port, (uint16_t)event, (uint16_t)value };
}

static void process_messages(struct console *c)
{
    struct virtio_device *d = &c->virtio;
    struct virtq *q = &d->queues[CONTROL_TO_DRIVER];

    if (!q->started)
        return;
    do {
        virtq_disable_kicks(q);
        while (c->n_messages && virtq_pop(q, d->chain)) {
            const struct message *m = &c->messages[c->first_message];
            uint8_t bytes[CONTROL_BYTES + NAME_MOST + 1] = { 0 };
            size_t size = CONTROL_BYTES;

            virtio_put32(d, bytes, m->port);
            virtio_put16(d, bytes + 4, m->event);
            virtio_put16(d, bytes + 6, m->value);
            if (m->event == PORT_NAME) {
                strcpy((char *)bytes + CONTROL_BYTES, c->ports[m->port].name);
                size += strlen(c->ports[m->port].name) + 1;
            }
            virtq_push(q, d->chain->head, (uint32_t)virtq_write(q, d->chain, 0, bytes, size));
            c->first_message = (c->first_message + 1) % MESSAGES_MOST;
            c->n_messages--;
        }
    } while (c->n_messages && virtq_enable_kicks(q));
    virtio_signal(d, CONTROL_TO_DRIVER);
}

static void present(struct console *c, unsigned number)
{
    const struct port *p = &c->ports[number];
    bool connected = true;

    if (p->is_console)
        say(c, number, CONSOLE_PORT, 1);
    if (p->name[0])
        say(c, number, PORT_NAME, 1);
    if (p->chardev && !p->is_console) {
        leave(c);
        connected = chardev_is_connected(p->chardev);
        come_back(c);
    }
    if (connected && (p->chardev || p->is_console))
        say(c, number, PORT_OPEN, 1);
}

static void hear(struct console *c, unsigned number, unsigned event, unsigned value)
{
    if (event == DEVICE_READY && value) {
        for (unsigned i = 0; i < PORTS_MOST; i++)
            if (c->ports[i].exists)
                say(c, i, PORT_ADD, 1);
        return;
    }
    if (number >= PORTS_MOST || !c->ports[number].exists)
        return;
    if (event == PORT_READY && value) {
        present(c, number);
    } else if (event == PORT_OPEN) {
        c->ports[number].is_open = value;
        if (value)
            tell_room(c, &c->ports[number]);
    }
}

static void process_control(struct console *c)
{
    struct virtio_device *d = &c->virtio;
    struct virtq *q = &d->queues[CONTROL_TO_DEVICE];

    do {
        virtq_disable_kicks(q);
        while (virtio_is_live(d) && virtq_pop(q, d->chain)) {
            uint8_t bytes[CONTROL_BYTES];
            bool whole = virtq_read(d->chain, 0, bytes, sizeof bytes) == sizeof bytes;

            virtq_push(q, d->chain->head, 0);
            if (whole)
                hear(c, virtio_get32(d, bytes), virtio_get16(d, bytes + 4),
                     virtio_get16(d, bytes + 6));
        }
    } while (virtio_is_live(d) && virtq_enable_kicks(q));
    if (virtio_is_live(d)) {
        virtio_signal(d, CONTROL_TO_DEVICE);
        process_messages(c);
    }
}

/* Machine's lock held. */
static void connection_changed(void *opaque, bool is_there)
{
    struct port *p = opaque;
    struct console *c = p->console;

    virtio_lock(&c->virtio);
    if (virtio_is_live(&c->virtio) && is_multiport(c) && !p->is_console)
        say(c, p->number, PORT_OPEN, is_there);
    pthread_mutex_unlock(&c->virtio.lock);
    virtio_kick(&c->virtio, CONTROL_TO_DRIVER);
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct console *c = (struct console *)d;
    struct port *p = &c->ports[queue < 2 ? 0 : queue / 2 - 1];

    if (queue == CONTROL_TO_DRIVER)
        process_messages(c);
    else if (queue == CONTROL_TO_DEVICE)
        process_control(c);
    else if (queue & 1)
        process_out(c, p);
    else
        process_in(c, p);
}

/* ---- the device ---- */

static void get_config(struct virtio_device *d, uint8_t *config)
{
    memset(config, 0, CONFIG_BYTES);
    virtio_put32(d, config + 4, ((struct console *)d)->options.max_ports);
}

static void reset(struct virtio_device *d)
{
    struct console *c = (struct console *)d;

    for (unsigned i = 0; i < PORTS_MOST; i++) {
        c->ports[i].is_open = false;
        c->ports[i].in_used = 0;
        drop_out(&c->ports[i]);
    }
    c->n_messages = 0;
}

static void destroy(struct virtio_device *d)
{
    struct console *c = (struct console *)d;

    if (!d->accel)
        return;
    accel_lock(d->accel);
    for (unsigned i = 0; i < PORTS_MOST; i++) {
        struct port *p = &c->ports[i];

        if (p->chardev) {
            chardev_set_reader(p->chardev, NULL, NULL, NULL);
            chardev_set_room(p->chardev, NULL, NULL);
            chardev_set_connection(p->chardev, NULL, NULL);
        }
        drop_out(p);
    }
    accel_unlock(d->accel);
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .process = process,
    .reset = reset,
    .destroy = destroy,
};

static bool make(struct console *c, const struct device_place *place, struct error *err)
{
    uint32_t ports = c->options.max_ports;

    if (!virtio_init(&c->virtio, &ops, VIRTIO_ID_CONSOLE, 0x078000, virtio_console_type.name,
                     CONFIG_BYTES, &c->options.virtio, place->platform->accel, err))
        return false;
    if (ports < 1 || ports > PORTS_MOST) {
        error_set(err, ERROR_USAGE, "max_ports=%u is not possible", ports);
        error_hint(err, "choose 1 to %d", PORTS_MOST);
        return false;
    }
    for (unsigned i = 0; i < PORTS_MOST; i++) {
        c->ports[i].console = c;
        c->ports[i].number = i;
    }
    c->virtio.offered = F_MULTIPORT;
    for (unsigned i = 0; i < 2 * (ports + 1); i++)
        virtio_add_queue(&c->virtio, QUEUE_SIZE);
    return virtio_plug(&c->virtio, place->bus, err);
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    struct console *c = calloc(1, sizeof *c);

    if (!c) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    c->options = *(const struct options *)options;
    if (make(c, place, err))
        return c;
    virtio_destroy(c);
    return NULL;
}

static void *bus_of(void *device)
{
    return device;
}

static const struct device_property properties[] = {
    VIRTIO_PROPERTIES(struct options, "4"),
    { "max_ports", PROPERTY_U32, offsetof(struct options, max_ports), "31",
      "ports that there may be", NULL, false },
};

const struct device_type virtio_console_type = {
    .name = "virtio-serial-pci",
    .text = "serial ports and consoles, for virtconsole and virtserialport",
    .bus = DEVICE_BUS_PCI,
    .offers = DEVICE_BUS_SERIAL,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
    .bus_of = bus_of,
};

/* ---- its ports ---- */

struct port_options {
    struct chardev *chardev;
    const char *name;
    uint32_t number;
};

enum { ANY = UINT32_MAX };

/* Port 0 is a console's, since drivers without several ports have no other. */
static struct port *find_port(struct console *c, uint32_t number, bool is_console,
                              struct error *err)
{
    unsigned i = number == ANY ? !is_console : number;

    while (number == ANY && i < c->options.max_ports && c->ports[i].exists)
        i++;
    if (i < c->options.max_ports && !c->ports[i].exists && (i || is_console))
        return &c->ports[i];
    if (number == ANY)
        error_set(err, ERROR_USAGE, "there is no free port");
    else
        error_set(err, ERROR_USAGE, "nr=%u is not possible", number);
    error_hint(err, "max_ports of virtio-serial-pci is %u; 0 is for a virtconsole",
               c->options.max_ports);
    return NULL;
}

static void *create_port(const struct device_place *place, const struct port_options *o,
                         bool is_console, struct error *err)
{
    struct console *c = place->bus;
    struct port *p = find_port(c, o->number, is_console, err);

    if (!p)
        return NULL;
    if (o->name && strlen(o->name) > NAME_MOST) {
        error_set(err, ERROR_USAGE, "name: bad value '%s'", o->name);
        error_hint(err, "type up to %d bytes", NAME_MOST);
        return NULL;
    }
    strcpy(p->name, o->name ? o->name : "");
    p->is_console = is_console;
    p->chardev = o->chardev;
    p->exists = true;
    if (p->chardev) {
        accel_lock(c->virtio.accel);
        chardev_set_reader(p->chardev, can_read, read_in, p);
        chardev_set_connection(p->chardev, connection_changed, p);
        accel_unlock(c->virtio.accel);
    }
    return p;
}

static void *create_console(const struct device_place *place, const void *options,
                            struct error *err)
{
    return create_port(place, options, true, err);
}

static void *create_serial(const struct device_place *place, const void *options, struct error *err)
{
    return create_port(place, options, false, err);
}

static const struct device_property port_properties[] = {
    { "chardev", PROPERTY_CHARDEV, offsetof(struct port_options, chardev), NULL, "the other side",
      NULL, false },
    { "name", PROPERTY_STRING, offsetof(struct port_options, name), NULL,
      "its name in the guest: /dev/virtio-ports/NAME", NULL, false },
    { "nr", PROPERTY_U32, offsetof(struct port_options, number), "0xffffffff",
      "its number; the first free one", NULL, false },
};

const struct device_type virtconsole_type = {
    .name = "virtconsole",
    .text = "a console of a virtio-serial-pci (hvc in the guest)",
    .bus = DEVICE_BUS_SERIAL,
    .properties = port_properties,
    .n_properties = ARRAY_SIZE(port_properties),
    .options_size = sizeof(struct port_options),
    .create = create_console,
};

const struct device_type virtserialport_type = {
    .name = "virtserialport",
    .text = "a port of a virtio-serial-pci",
    .bus = DEVICE_BUS_SERIAL,
    .properties = port_properties,
    .n_properties = ARRAY_SIZE(port_properties),
    .options_size = sizeof(struct port_options),
    .create = create_serial,
};
