#include "server/startup.h"

int main(int argc, char** argv) { return dunlin::server::RunProgram(argc, argv); }
