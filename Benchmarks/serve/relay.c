/* The least that a server between client and engine can cost: bytes from one socket to the other, a thread a
   connection, nothing read, nothing kept.

       relay PORT          listens on a port of its own, prints it, and hands every connection on to PORT on loopback */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in engine = {.sin_family = AF_INET};

static void without_delay(int connection) {
    int one = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void *relay(void *argument) {
    int client = (int)(intptr_t)argument, server = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    char bytes[1 << 16];
    int is_open = connect(server, (struct sockaddr *)&engine, sizeof engine) == 0;
    without_delay(client);
    without_delay(server);
    while (is_open && poll(ends, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            if (!ends[i].revents) continue;
            ssize_t count = read(ends[i].fd, bytes, sizeof bytes);
            if (count <= 0 || write(ends[!i].fd, bytes, (size_t)count) != count) is_open = 0;
        }
    }
    close(client);
    close(server);
    return NULL;
}

int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (count != 2 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    engine.sin_addr = address.sin_addr;
    engine.sin_port = htons((uint16_t)atoi(arguments[1]));
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        pthread_t thread;
        if (client >= 0 && pthread_create(&thread, NULL, relay, (void *)(intptr_t)client) == 0) pthread_detach(thread);
    }
}
